"""The feature gates of this controller, by Flux's names (reference flux.md 2.1 and 3). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.feature import gates

DEFAULTS = {
    "CacheSecretsAndConfigMaps": False,
    "DirectSourceFetch": False,
    "ObjectLevelWorkloadIdentity": True,
}
"""Every gate that Flux's controllers of sources have, and how it is here unless it is set."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is switched on. `direct_sources`: the sources of a generator are asked for anew, not
    looked up; `object_identities`: an object may name the account that a cloud knows it as."""

    direct_sources: bool = False
    object_identities: bool = True


def features(flag: str) -> Features:
    """`DirectSourceFetch=true,ObjectLevelWorkloadIdentity=false` → Features. Raises FeatureError
    for a gate that there is not: a misspelt gate must not pass for one that is set."""
    said = gates(flag, DEFAULTS)
    return Features(
        direct_sources=said["DirectSourceFetch"],
        object_identities=said["ObjectLevelWorkloadIdentity"],
    )
