"""Which kinds live in a namespace, as far as Kubernetes 1.21 tells (kinds of later days and custom
resources count as namespaced)."""

from __future__ import annotations

from kustomize.identity import CLUSTER, Gvk, gvk

_CLUSTER = """
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
apiextensions.k8s.io/v1 CustomResourceDefinition
apiextensions.k8s.io/v1beta1 CustomResourceDefinition
apiregistration.k8s.io/v1 APIService
apiregistration.k8s.io/v1beta1 APIService
certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 CertificateSigningRequest
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1 IngressClass
networking.k8s.io/v1beta1 IngressClass
node.k8s.io/v1 RuntimeClass
node.k8s.io/v1beta1 RuntimeClass
policy/v1beta1 PodSecurityPolicy
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding
rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding
scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 PriorityClass
storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment
storage.k8s.io/v1beta1 CSIDriver CSINode StorageClass VolumeAttachment
v1 ComponentStatus Namespace Node NodeProxyOptions PersistentVolume
"""

_NAMESPACED = """
apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
autoscaling/v1 HorizontalPodAutoscaler Scale
autoscaling/v2beta1 HorizontalPodAutoscaler
autoscaling/v2beta2 HorizontalPodAutoscaler
batch/v1 CronJob Job
batch/v1beta1 CronJob
coordination.k8s.io/v1 Lease
coordination.k8s.io/v1beta1 Lease
discovery.k8s.io/v1 EndpointSlice
discovery.k8s.io/v1beta1 EndpointSlice
events.k8s.io/v1 Event
events.k8s.io/v1beta1 Event
extensions/v1beta1 Ingress
networking.k8s.io/v1 Ingress NetworkPolicy
networking.k8s.io/v1beta1 Ingress
policy/v1 PodDisruptionBudget
policy/v1beta1 PodDisruptionBudget
rbac.authorization.k8s.io/v1 Role RoleBinding
rbac.authorization.k8s.io/v1beta1 Role RoleBinding
storage.k8s.io/v1beta1 CSIStorageCapacity
v1 ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodAttachOptions PodExecOptions
v1 PodPortForwardOptions PodProxyOptions PodTemplate ReplicationController ResourceQuota Secret
v1 Service ServiceAccount ServiceProxyOptions
"""


def _kinds(table: str) -> frozenset[Gvk]:
    rows = (line.split() for line in table.strip().splitlines())
    return frozenset(gvk(row[0], kind) for row in rows for kind in row[1:])


CLUSTER_SCOPED = _kinds(_CLUSTER)
NAMESPACED = _kinds(_NAMESPACED)


class Scope:
    """Tells cluster-scoped kinds. A schema given by the user may add to what is built in."""

    __slots__ = ("_cluster",)

    def __init__(self) -> None:
        self._cluster = CLUSTER_SCOPED

    def add(self, scopes: dict[Gvk, bool]) -> None:
        """Learn kinds of a user's schema (True: namespaced); what is built in stays as it is."""
        new = {kind for kind, namespaced in scopes.items() if not namespaced}
        self._cluster = self._cluster | (new - NAMESPACED)

    def is_cluster(self, kind: Gvk) -> bool:
        """Whether the kind is known to live outside of namespaces."""
        return kind in self._cluster

    def effective(self, kind: Gvk, namespace: str) -> str:
        """The namespace that counts: `default` for none, CLUSTER where there cannot be one."""
        if kind in self._cluster:
            return CLUSTER
        return namespace or "default"
