"""The flags of this controller, beside the common ones (reference flux.md 1.3 and 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kustomize_controller.feature import features
from kustomize_controller.problem import KustomizationProblem
from shared.runtime.settings import flag


@dataclass(frozen=True, slots=True)
class KustomizeSettings:
    """How Kustomizations are worked on."""

    concurrent: int = flag(4, "How many objects of a kind are worked on at once.")
    concurrent_ssa: int = flag(16, "Requests at once while one Kustomization is applied.")
    requeue_dependency: timedelta = flag(
        timedelta(seconds=30), "How soon what is not ready is looked at again."
    )
    no_remote_bases: bool = flag(
        True, "Always on: a build reads nothing but its artifact. Taken for Flux's sake."
    )
    http_retry: int = flag(
        9, "After how many failures it is an alarm that an artifact cannot be downloaded."
    )
    artifact_hosts: str = flag(
        "",
        "The only hosts (host or host:port, with commas) to fetch artifacts from; empty for any.",
    )
    default_service_account: str = flag(
        "", "The service account that is acted as where a Kustomization names none."
    )
    default_kubeconfig_service_account: str = flag(
        "", "Whose token is sent to a cluster of a kubeConfig.configMapRef that names no account."
    )
    default_decryption_service_account: str = flag(
        "", "Whom key services know a Kustomization as whose decryption names no account."
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
    custom_apply_stage_kinds: str = flag(
        "", "Kinds that are applied ahead of the rest: Kind or group/Kind, with commas between."
    )
    argo_annotations: bool = flag(
        False, "Heed the waves, hooks and sync options of Argo CD on what is built."
    )
    feature_gates: str = flag("", "What is switched on or off: Name=true, with commas between.")
    watch_configs_label_selector: str = flag(
        "reconcile.fluxcd.io/watch=Enabled",
        "ConfigMaps and Secrets whose changes wake the Kustomizations that refer to them.",
    )
    sops_age_secret: str = flag(
        "", "A Secret of this namespace with age keys for all Kustomizations that name none."
    )
    sops_vault_configmap: str = flag(
        "", "A ConfigMap of this namespace that lists where accounts sign in to Vault or OpenBao."
    )
    sops_ignore_mac: bool = flag(
        False, "Decrypt files too that were changed since they were encrypted, as Flux does."
    )

    def check(self) -> None:
        """Raises KustomizationProblem for flags that contradict each other (as in Flux)."""
        if features(self.feature_gates).object_identities:
            return
        for name, value in (
            ("--default-kubeconfig-service-account", self.default_kubeconfig_service_account),
            ("--default-decryption-service-account", self.default_decryption_service_account),
        ):
            if value:
                raise KustomizationProblem(
                    f"{name} has no effect with --feature-gates=ObjectLevelWorkloadIdentity=false: "
                    "take one of the two away"
                )
