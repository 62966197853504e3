"""Feature gates as words of a command line, by Flux's names (`--feature-gates`). Pure.

Several programs may run in one process and are told the same, so each takes the names of all; a
name that nobody has is refused: a misspelt gate must not pass for one that is set.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.problem import Problem

NAMES = frozenset(
    {
        "AdditiveCELDependencyCheck",
        "AdoptLegacyReleases",
        "AllowDNSLookups",
        "CacheSecretsAndConfigMaps",
        "CancelHealthCheckOnNewRevision",
        "CorrectDrift",
        "DefaultToRetryOnFailure",
        "DetectDrift",
        "DirectSourceFetch",
        "DisableChartDigestTracking",
        "DisableConfigWatchers",
        "DisableFailFastBehavior",
        "DisableStatusPollerCache",
        "ExternalArtifact",
        "GroupChangeLog",
        "MigrateAPIVersion",
        "OOMWatch",
        "ObjectLevelWorkloadIdentity",
        "StrictPostBuildSubstitutions",
        "UseHelm3Defaults",
    }
)
"""The gates of Flux's controllers whose kinds we serve."""

_TRUTHS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


class FeatureError(Problem):
    """A gate is named that there is not, or is set to what it cannot be."""


def gates(said: str, defaults: Mapping[str, bool]) -> Mapping[str, bool]:
    """`DirectSourceFetch=true,…` → how each gate of `defaults`, those of one program, is. Raises
    FeatureError."""
    pairs = (_pair(gate.strip(), defaults) for gate in said.split(",") if gate.strip())
    return {**defaults, **dict(pairs)}


def _pair(gate: str, defaults: Mapping[str, bool]) -> tuple[str, bool]:
    name, _, value = gate.partition("=")
    if name not in NAMES:
        known = ", ".join(sorted(defaults))
        raise FeatureError(f"--feature-gates: there is no gate {name!r}; there are {known}")
    if value.lower() not in _TRUTHS:
        raise FeatureError(f"--feature-gates: {name} has to be true or false")
    return name, _TRUTHS[value.lower()]
