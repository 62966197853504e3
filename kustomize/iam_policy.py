"""The plugin IAMPolicyGenerator: a service account that stands for one of the cloud provider."""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.scope import Scope
from shared.manifest.identity import Manifest


@dataclass(frozen=True, slots=True)
class InCluster:
    """The account in the cluster."""

    name: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class AtProvider:
    """The account of the provider."""

    name: str = ""
    project_id: str = ""


@dataclass(frozen=True, slots=True)
class IamPolicy:
    """The fields of the plugin."""

    cloud: str = ""
    kubernetes_service: InCluster = field(default_factory=InCluster)
    service_account: AtProvider = field(default_factory=AtProvider)


def service_account(policy: IamPolicy, scope: Scope) -> Resource:
    """The ServiceAccount. Raises BuildError for clouds other than gke."""
    if policy.cloud != "gke":
        raise BuildError(f"cloud provider {policy.cloud} not supported yet")
    account, own = policy.service_account, policy.kubernetes_service
    address = f"{account.name}@{account.project_id}.iam.gserviceaccount.com"
    metadata: Manifest = {
        "annotations": {"iam.gke.io/gcp-service-account": address},
        "name": own.name,
    }
    if own.namespace:
        metadata["namespace"] = own.namespace
    return Resource({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, scope)
