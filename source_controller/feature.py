"""The feature gates of this controller, by Flux's names (reference flux.md 2.1 and 3). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.problem import Problem

_TRUTHS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}

DEFAULTS = {
    "CacheSecretsAndConfigMaps": False,
    "DirectSourceFetch": False,
    "ObjectLevelWorkloadIdentity": True,
}
"""Every gate that Flux's controllers of sources have, and how it is here unless it is set."""

OF_OTHERS = frozenset(
    {
        "AdditiveCELDependencyCheck",
        "AdoptLegacyReleases",
        "AllowDNSLookups",
        "CacheSecretsAndConfigMaps",
        "CancelHealthCheckOnNewRevision",
        "CorrectDrift",
        "DefaultToRetryOnFailure",
        "DetectDrift",
        "DisableChartDigestTracking",
        "DisableConfigWatchers",
        "DisableFailFastBehavior",
        "DisableStatusPollerCache",
        "ExternalArtifact",
        "GroupChangeLog",
        "MigrateAPIVersion",
        "OOMWatch",
        "StrictPostBuildSubstitutions",
        "UseHelm3Defaults",
    }
)
"""Gates of the programs that may run in the same process, and are told the same."""


class FeatureError(Problem):
    """A feature gate is named that there is not, or is set to what it cannot be."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is switched on. `direct_sources`: the sources of a generator are asked for anew, not
    looked up; `object_identities`: an object may name the account that a cloud knows it as."""

    direct_sources: bool = False
    object_identities: bool = True


def features(gates: str) -> Features:
    """`DirectSourceFetch=true,ObjectLevelWorkloadIdentity=false` → Features. Raises FeatureError
    for a gate that there is not: a misspelt gate must not pass for one that is set."""
    said = DEFAULTS | dict(_pair(gate.strip()) for gate in gates.split(",") if gate.strip())
    return Features(
        direct_sources=said["DirectSourceFetch"],
        object_identities=said["ObjectLevelWorkloadIdentity"],
    )


def _pair(gate: str) -> tuple[str, bool]:
    name, _, value = gate.partition("=")
    if name not in DEFAULTS and name not in OF_OTHERS:
        known = ", ".join(sorted(DEFAULTS))
        raise FeatureError(f"--feature-gates: there is no gate {name!r}; there are {known}")
    if value.lower() not in _TRUTHS:
        raise FeatureError(f"--feature-gates: {name} has to be true or false")
    return name, _TRUTHS[value.lower()]
