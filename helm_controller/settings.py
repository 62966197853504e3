"""The flags of this controller, beside the common ones (reference flux.md 1.3 and 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from helm_controller.feature import features
from shared.runtime.settings import flag


@dataclass(frozen=True, slots=True)
class HelmSettings:
    """How HelmReleases are worked on."""

    concurrent: int = flag(4, "How many objects of a kind are worked on at once.")
    requeue_dependency: timedelta = flag(
        timedelta(seconds=30), "How soon what is not ready is looked at again."
    )
    graceful_shutdown_timeout: timedelta = flag(
        timedelta(minutes=10), "Taken for Flux's sake: what was begun is found and gone on with."
    )
    http_retry: int = flag(9, "How often a failed download of an artifact is tried again.")
    artifact_hosts: str = flag(
        "",
        "The only hosts (host or host:port, with commas) to fetch artifacts from; empty for any.",
    )
    http_timeout: timedelta = flag(
        timedelta(seconds=30), "Taken for Flux's sake: a download may take five minutes."
    )
    default_service_account: str = flag(
        "", "The service account that is acted as where a HelmRelease names none."
    )
    default_kubeconfig_service_account: str = flag(
        "", "Whose token is sent to a cluster of a kubeConfig.configMapRef that names no account."
    )
    insecure_kubeconfig_exec: bool = flag(
        False, "Run the programs that kubeconfigs of tenants name. They are run as this process."
    )
    insecure_kubeconfig_tls: bool = flag(
        False, "Let kubeconfigs of tenants switch the check of a server's certificate off."
    )
    override_manager: tuple[str, ...] = flag(
        (), "A field manager whose fields are taken over. May be given more than once."
    )
    snapshot_digest_algo: str = flag("sha256", "How records are told apart: sha256, nothing else.")
    oom_watch_interval: timedelta = flag(
        timedelta(milliseconds=500), "Taken for Flux's sake: charts are rendered elsewhere."
    )
    oom_watch_memory_threshold: int = flag(
        95, "Taken for Flux's sake: charts are rendered elsewhere, within limits."
    )
    oom_watch_max_memory_path: str = flag("", "Taken for Flux's sake.")
    oom_watch_current_memory_path: str = flag("", "Taken for Flux's sake.")
    feature_gates: str = flag("", "What is switched on or off: Name=true, with commas between.")
    watch_configs_label_selector: str = flag(
        "reconcile.fluxcd.io/watch=Enabled",
        "ConfigMaps and Secrets whose changes wake the HelmReleases that refer to them.",
    )
    helm_engine: str = flag(
        "auto",
        "What renders charts: library, helper, or auto: the helper where there is one, named by"
        " PENSTOCK_HELM_HELPER or found as penstock-helm on the PATH, else the library.",
    )
    render_workers: int = flag(2, "Processes that render charts, at most.")
    render_memory: int = flag(2048, "MiB of address space that one of them may have.")
    render_timeout: timedelta = flag(timedelta(seconds=30), "How long a chart may render.")

    def check(self) -> None:
        """Raises HelmError for flags that cannot be."""
        features(self.feature_gates)
