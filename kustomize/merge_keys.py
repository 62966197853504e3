"""Which lists a strategic merge patch merges, and by which keys: Kubernetes 1.21, as kustomize has
it. Lists that are not here, and all lists of kinds that are not here, are replaced whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Schema:
    """What is known of a field: `merged` lists are merged by `keys` (by value where there are
    none); `fields` are those below (of each entry, for a list) that are known too, and `others`
    is what all further fields are."""

    merged: bool = False
    keys: tuple[str, ...] = ()
    fields: dict[str, Schema] = field(default_factory=dict)
    others: Schema | None = None

    def below(self, name: str) -> Schema | None:
        """What is known of a field of this one."""
        return self.fields.get(name, self.others)

    def entry(self) -> Schema:
        """What is known of an entry of this list."""
        return Schema(fields=self.fields, others=self.others)


def _of(**fields: Schema) -> Schema:
    return Schema(fields=fields)


def _by(*keys: str, **fields: Schema) -> Schema:
    return Schema(True, keys, fields)


_METADATA = _of(finalizers=_by(), ownerReferences=_by("uid"))
_CONDITIONS = _of(conditions=_by("type"))
_NAMED = _by("name")
_VOLUME_DEVICES = _by("devicePath")
_VOLUME_MOUNTS = _by("mountPath")
_CONTAINERS = _by(
    "name",
    env=_NAMED,
    ports=_by("containerPort", "protocol"),
    volumeDevices=_VOLUME_DEVICES,
    volumeMounts=_VOLUME_MOUNTS,
)
_EPHEMERAL_CONTAINERS = _by(
    "name", env=_NAMED, volumeDevices=_VOLUME_DEVICES, volumeMounts=_VOLUME_MOUNTS
)
_PLAIN = _of(metadata=_METADATA)
_POD_SPEC = _of(
    containers=_CONTAINERS,
    ephemeralContainers=_EPHEMERAL_CONTAINERS,
    hostAliases=_by("ip"),
    imagePullSecrets=_NAMED,
    initContainers=_CONTAINERS,
    topologySpreadConstraints=_by("topologyKey", "whenUnsatisfiable"),
    volumes=_by("name", ephemeral=_of(volumeClaimTemplate=_PLAIN)),
)
_POD_TEMPLATE = _of(metadata=_METADATA, spec=_POD_SPEC)
_CRON_JOB = _of(
    metadata=_METADATA,
    spec=_of(jobTemplate=_of(metadata=_METADATA, spec=_of(template=_POD_TEMPLATE))),
)
_NODE = _of(
    metadata=_METADATA,
    spec=_of(podCIDRs=_by()),
    status=_of(addresses=_by("type"), conditions=_by("type")),
)
_SERVICE = _of(metadata=_METADATA, spec=_of(ports=_by("port", "protocol")), status=_CONDITIONS)

_PLAIN_KINDS = """
apiextensions.k8s.io/v1 CustomResourceDefinition
apiextensions.k8s.io/v1beta1 CustomResourceDefinition
apps/v1 ControllerRevision
authentication.k8s.io/v1 TokenRequest TokenReview
authentication.k8s.io/v1beta1 TokenReview
authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview
authorization.k8s.io/v1 SubjectAccessReview
authorization.k8s.io/v1beta1 LocalSubjectAccessReview SelfSubjectAccessReview
authorization.k8s.io/v1beta1 SelfSubjectRulesReview SubjectAccessReview
autoscaling/v1 HorizontalPodAutoscaler Scale
autoscaling/v2beta1 HorizontalPodAutoscaler
autoscaling/v2beta2 HorizontalPodAutoscaler
certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 CertificateSigningRequest
coordination.k8s.io/v1 Lease
coordination.k8s.io/v1beta1 Lease
discovery.k8s.io/v1 EndpointSlice
discovery.k8s.io/v1beta1 EndpointSlice
events.k8s.io/v1 Event
events.k8s.io/v1beta1 Event
extensions/v1beta1 Ingress
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1 Ingress IngressClass NetworkPolicy
networking.k8s.io/v1beta1 Ingress IngressClass
node.k8s.io/v1 RuntimeClass
node.k8s.io/v1beta1 RuntimeClass
policy/v1beta1 Eviction PodSecurityPolicy
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding Role RoleBinding
scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 PriorityClass
storage.k8s.io/v1 CSIDriver StorageClass VolumeAttachment
storage.k8s.io/v1beta1 CSIDriver CSIStorageCapacity StorageClass VolumeAttachment
v1 Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret
"""

_TABLE: tuple[tuple[Schema, str], ...] = (
    (_PLAIN, _PLAIN_KINDS),
    (
        _of(metadata=_METADATA, webhooks=_NAMED),
        """
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
""",
    ),
    (
        _of(metadata=_METADATA, status=_CONDITIONS),
        """
apiregistration.k8s.io/v1 APIService
apiregistration.k8s.io/v1beta1 APIService
policy/v1 PodDisruptionBudget
policy/v1beta1 PodDisruptionBudget
v1 Namespace PersistentVolumeClaim
""",
    ),
    (
        _of(metadata=_METADATA, spec=_of(template=_POD_TEMPLATE), status=_CONDITIONS),
        """
apps/v1 DaemonSet Deployment ReplicaSet StatefulSet
batch/v1 Job
v1 ReplicationController
""",
    ),
    (_CRON_JOB, "batch/v1 CronJob\nbatch/v1beta1 CronJob"),
    (
        _of(metadata=_METADATA, spec=_of(drivers=_NAMED)),
        "storage.k8s.io/v1 CSINode\nstorage.k8s.io/v1beta1 CSINode",
    ),
    (_of(), "v1 APIGroup APIVersions Status"),
    (_of(metadata=_METADATA, conditions=_by("type")), "v1 ComponentStatus"),
    (_NODE, "v1 Node"),
    (
        _of(
            metadata=_METADATA,
            spec=_POD_SPEC,
            status=_of(conditions=_by("type"), podIPs=_by("ip")),
        ),
        "v1 Pod",
    ),
    (_of(metadata=_METADATA, template=_POD_TEMPLATE), "v1 PodTemplate"),
    (_SERVICE, "v1 Service"),
    (_of(metadata=_METADATA, secrets=_NAMED), "v1 ServiceAccount"),
)

Schemas = dict[tuple[str, str], Schema]
"""Schemas by apiVersion and kind."""


@lru_cache(maxsize=1)
def built_in() -> Schemas:
    """The kinds of Kubernetes 1.21. Shared: not to be changed."""
    rows = ((schema, line.split()) for schema, lines in _TABLE for line in lines.split("\n"))
    return {(row[0], kind): schema for schema, row in rows if row for kind in row[1:]}
