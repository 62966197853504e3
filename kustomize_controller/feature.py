"""The feature gates of this controller, by Flux's names (reference flux.md 4.1). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.feature import gates

DEFAULTS = {
    "AdditiveCELDependencyCheck": False,
    "CacheSecretsAndConfigMaps": False,
    "CancelHealthCheckOnNewRevision": True,
    "DirectSourceFetch": False,
    "DisableConfigWatchers": False,
    "DisableFailFastBehavior": False,
    "DisableStatusPollerCache": True,
    "ExternalArtifact": False,
    "GroupChangeLog": True,
    "MigrateAPIVersion": False,
    "ObjectLevelWorkloadIdentity": True,
    "StrictPostBuildSubstitutions": True,
}
"""Every gate that Flux has, and how it is here unless it is set."""

FIXED = frozenset(
    {
        "CacheSecretsAndConfigMaps",
        "CancelHealthCheckOnNewRevision",
        "DisableStatusPollerCache",
        "GroupChangeLog",
        "MigrateAPIVersion",
    }
)
"""Gates that are taken for Flux's sake, and stay as they are whatever is said."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is switched on. `strict_substitutions`: a variable without a value fails the build;
    `config_watchers`: a labelled ConfigMap or Secret wakes those that refer to it;
    `additive_dependency_check`: a `readyExpr` is asked beside the built-in check, not in place of
    it; `external_artifacts`: ExternalArtifacts may be sources; `fail_fast`: one object that has
    failed ends the wait for all; `direct_sources`: sources are asked for anew, not looked up;
    `object_identities`: an object may name the account that a cloud knows it as."""

    strict_substitutions: bool = True
    config_watchers: bool = True
    additive_dependency_check: bool = False
    external_artifacts: bool = False
    fail_fast: bool = True
    direct_sources: bool = False
    object_identities: bool = True


def features(flag: str) -> Features:
    """`StrictPostBuildSubstitutions=false,DisableConfigWatchers=true` → Features. Raises
    FeatureError for a gate that there is not, and for what is neither true nor false: a
    misspelt gate must not pass for one that is set."""
    said = gates(flag, DEFAULTS)
    return Features(
        strict_substitutions=said["StrictPostBuildSubstitutions"],
        config_watchers=not said["DisableConfigWatchers"],
        additive_dependency_check=said["AdditiveCELDependencyCheck"],
        external_artifacts=said["ExternalArtifact"],
        fail_fast=not said["DisableFailFastBehavior"],
        direct_sources=said["DirectSourceFetch"],
        object_identities=said["ObjectLevelWorkloadIdentity"],
    )
