"""The flags of this controller, beside the common ones (reference flux.md 1.3 and 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from helm_controller.feature import features
from helm_controller.problem import HelmError
from shared.artifact.digest import ALGORITHMS, DEFAULT
from shared.runtime.settings import flag

ALL = 100
"""Per cent."""

LEAST_INTERVAL = timedelta(milliseconds=50)
"""How often the memory may be looked at."""


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
    snapshot_digest_algo: str = flag(
        DEFAULT, f"What checksums of releases are made by: {', '.join(ALGORITHMS)}."
    )
    oom_watch_interval: timedelta = flag(
        timedelta(milliseconds=500), "How often the gate OOMWatch looks at the memory that is used."
    )
    oom_watch_memory_threshold: int = flag(
        95, "Per cent of the container's memory at which the gate OOMWatch ends this process."
    )
    oom_watch_max_memory_path: str = flag(
        "", "The file that says how much memory there is; empty for that of the control group."
    )
    oom_watch_current_memory_path: str = flag(
        "", "The file that says how much memory is used; empty for that of the control group."
    )
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
        """Raises a Problem for flags that cannot be."""
        features(self.feature_gates)
        if self.snapshot_digest_algo not in ALGORITHMS:
            raise HelmError(
                "release",
                f"--snapshot-digest-algo: {self.snapshot_digest_algo!r} is none of "
                f"{', '.join(ALGORITHMS)}",
            )
        if not 1 <= self.oom_watch_memory_threshold <= ALL:
            raise HelmError("limit", "--oom-watch-memory-threshold has to be from 1 to 100 (%)")
        if self.oom_watch_interval < LEAST_INTERVAL:
            raise HelmError("limit", "--oom-watch-interval has to be 50ms at least")
