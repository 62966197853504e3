"""The feature gates of this controller, by Flux's names (reference flux.md 5.1). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.feature import gates

DEFAULTS = {
    "AdditiveCELDependencyCheck": False,
    "AdoptLegacyReleases": False,
    "AllowDNSLookups": False,
    "CacheSecretsAndConfigMaps": False,
    "CancelHealthCheckOnNewRevision": True,
    "CorrectDrift": False,
    "DefaultToRetryOnFailure": False,
    "DetectDrift": False,
    "DirectSourceFetch": False,
    "DisableChartDigestTracking": False,
    "DisableConfigWatchers": False,
    "ExternalArtifact": False,
    "OOMWatch": False,
    "ObjectLevelWorkloadIdentity": True,
    "UseHelm3Defaults": False,
}
"""Every gate that Flux has, and how it is here unless it is set."""

FIXED = frozenset(
    {
        "AdoptLegacyReleases",
        "CacheSecretsAndConfigMaps",
        "CancelHealthCheckOnNewRevision",
        "CorrectDrift",
        "DetectDrift",
    }
)
"""Gates that are taken for Flux's sake, and stay as they are whatever is said."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is switched on. `additive_dependency_check`: a `readyExpr` is asked beside the built-in
    check; `chart_digests`: the version of a chart from a registry has a piece of its digest;
    `config_watchers`: a labelled ConfigMap or Secret wakes those that refer to it; `retries`:
    failures are retried unless a spec says otherwise; `helm3`: what Helm 3 did by default;
    `names`: templates may look up the addresses of hosts; `memory`: this process ends before its
    container runs out of memory."""

    additive_dependency_check: bool = False
    chart_digests: bool = True
    config_watchers: bool = True
    direct_sources: bool = False
    external_artifacts: bool = False
    helm3: bool = False
    memory: bool = False
    names: bool = False
    object_identities: bool = True
    retries: bool = False


def features(flag: str) -> Features:
    """`UseHelm3Defaults=true,DisableConfigWatchers=true` → Features. Raises FeatureError for a gate
    that there is not, and for what is neither true nor false."""
    said = gates(flag, DEFAULTS)
    return Features(
        additive_dependency_check=said["AdditiveCELDependencyCheck"],
        chart_digests=not said["DisableChartDigestTracking"],
        config_watchers=not said["DisableConfigWatchers"],
        direct_sources=said["DirectSourceFetch"],
        external_artifacts=said["ExternalArtifact"],
        helm3=said["UseHelm3Defaults"],
        memory=said["OOMWatch"],
        names=said["AllowDNSLookups"],
        object_identities=said["ObjectLevelWorkloadIdentity"],
        retries=said["DefaultToRetryOnFailure"],
    )
