"""Which fields the transformers change when nobody says otherwise, and which fields hold names.

A row is `path | kinds`; a kind is `Kind`, `Kind.group`, `Kind@version` or `Kind.group@version`, `*`
for all, with a `+` behind it where the field is made if it is missing.
"""

from __future__ import annotations

_ANNOTATED = """
metadata/annotations | *+
spec/template/metadata/annotations | ReplicationController@v1+ Deployment+ ReplicaSet+ DaemonSet+
spec/template/metadata/annotations | StatefulSet+ Job.batch+
spec/jobTemplate/metadata/annotations | CronJob.batch+
spec/jobTemplate/spec/template/metadata/annotations | CronJob.batch+
"""

_TEMPLATE_LABELS = """
metadata/labels | *+
spec/template/metadata/labels | ReplicationController@v1+ Deployment+ ReplicaSet+ DaemonSet+
spec/template/metadata/labels | StatefulSet.apps+ Job.batch+
spec/jobTemplate/metadata/labels | CronJob.batch+
spec/jobTemplate/spec/template/metadata/labels | CronJob.batch+
"""

_CLAIM_LABELS = """
spec/volumeClaimTemplates[]/metadata/labels | StatefulSet.apps+
"""

_NEAR = "labelSelector/matchLabels | Deployment.apps StatefulSet.apps"
_SOFT = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm"
_HARD = "requiredDuringSchedulingIgnoredDuringExecution"

_SELECTORS = f"""
spec/selector | Service@v1+ ReplicationController@v1+
spec/selector/matchLabels | Deployment+ ReplicaSet+ DaemonSet+ StatefulSet.apps+ Job.batch
spec/selector/matchLabels | PodDisruptionBudget.policy
spec/template/spec/affinity/podAffinity/{_SOFT}/{_NEAR}
spec/template/spec/affinity/podAffinity/{_HARD}/{_NEAR}
spec/template/spec/affinity/podAntiAffinity/{_SOFT}/{_NEAR}
spec/template/spec/affinity/podAntiAffinity/{_HARD}/{_NEAR}
spec/template/spec/topologySpreadConstraints/{_NEAR}
spec/jobTemplate/spec/selector/matchLabels | CronJob.batch
spec/podSelector/matchLabels | NetworkPolicy.networking.k8s.io
spec/ingress/from/podSelector/matchLabels | NetworkPolicy.networking.k8s.io
spec/egress/to/podSelector/matchLabels | NetworkPolicy.networking.k8s.io
"""

_NAMESPACES = """
metadata/name | Namespace+
spec/service/namespace | APIService.apiregistration.k8s.io+
""" + (
    "spec/conversion/webhook/clientConfig/service/namespace | "
    "CustomResourceDefinition.apiextensions.k8s.io"
)

_IMAGES = """
spec/containers[]/image | *+
spec/initContainers[]/image | *+
spec/volumes[]/image/reference | *+
spec/template/spec/containers[]/image | *+
spec/template/spec/initContainers[]/image | *+
spec/template/spec/volumes[]/image/reference | *+
"""

_REPLICAS = "spec/replicas | Deployment+ ReplicationController+ ReplicaSet+ StatefulSet+"

_CONTAINER_VARIABLES = ("args", "command", "env/value", "volumeMounts/mountPath")
_VARIABLE_HOMES = (
    ("spec/jobTemplate/spec/template/spec", "CronJob"),
    ("spec/template/spec", "DaemonSet Deployment Job ReplicaSet StatefulSet"),
    ("spec", "Pod"),
)
_OTHER_VARIABLES = """
spec/jobTemplate/spec/template/volumes/nfs/server | CronJob
spec/template/spec/volumes/nfs/server | DaemonSet Deployment Job ReplicaSet
spec/template/metadata/annotations | Deployment
spec/rules/host | Ingress
spec/tls/hosts | Ingress
spec/tls/secretName | Ingress
spec/volumes/nfs/server | Pod
spec/ports/port | Service
spec/ports/targetPort | Service
spec/volumeClaimTemplates/spec/nfs/server | StatefulSet
spec/nfs/server | PersistentVolume
metadata/labels | *
metadata/annotations | *
"""


def _variables() -> str:
    return "\n".join(
        f"{home}/{containers}/{field} | {kinds}"
        for home, kinds in _VARIABLE_HOMES
        for containers in ("containers", "initContainers")
        for field in _CONTAINER_VARIABLES
    )


FIELDS = {
    "namePrefix": "metadata/name | *",
    "nameSuffix": "metadata/name | *",
    "namespace": _NAMESPACES,
    "commonLabels": _SELECTORS + _TEMPLATE_LABELS + _CLAIM_LABELS,
    "labels": "",
    "templateLabels": _TEMPLATE_LABELS,
    "volumeClaimTemplateLabels": _CLAIM_LABELS,
    "commonAnnotations": _ANNOTATED,
    "varReference": _variables() + _OTHER_VARIABLES,
    "images": _IMAGES,
    "replicas": _REPLICAS,
}
"""Rows for each key of a transformer configuration."""

_FIVE = "Deployment ReplicaSet DaemonSet StatefulSet Job"
_PODS = (
    ("spec", "Pod@v1"),
    ("template/spec", "PodTemplate"),
    ("spec/template/spec", _FIVE),
    ("spec/jobTemplate/spec/template/spec", "CronJob"),
)
_CONFIG_IN_POD = (
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
)
_SECRETS_IN_POD = (
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
)
_CONFIG_ELSEWHERE = r"""
spec/configSource/configMap | Node
rules/resourceNames | Role ClusterRole
metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap | Ingress
"""
_SECRETS_ELSEWHERE = r"""
spec/template/spec/containers/env/valueFrom/secretKeyRef/name | Service.serving.knative.dev@v1
spec/tls/secretName | Ingress
metadata/annotations/ingress.kubernetes.io\/auth-secret | Ingress
metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret | Ingress
metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret | Ingress
imagePullSecrets/name | ServiceAccount
parameters/secretName | StorageClass
parameters/adminSecretName | StorageClass
parameters/userSecretName | StorageClass
parameters/secretRef | StorageClass
rules/resourceNames | Role ClusterRole
spec/azureFile/secretName | PersistentVolume
"""
_SERVICES = """
spec/serviceName | StatefulSet.apps
spec/rules/http/paths/backend/serviceName | Ingress
spec/backend/serviceName | Ingress
spec/rules/http/paths/backend/service/name | Ingress
spec/defaultBackend/service/name | Ingress
spec/service/name | APIService.apiregistration.k8s.io
webhooks/clientConfig/service | ValidatingWebhookConfiguration.admissionregistration.k8s.io
webhooks/clientConfig/service | MutatingWebhookConfiguration.admissionregistration.k8s.io
"""
_RBAC = "rbac.authorization.k8s.io"
_SCALED = "spec/scaleTargetRef/name | HorizontalPodAutoscaler"
_OTHER_PODS = (
    ("spec", "Pod"),
    ("spec/template/spec", "StatefulSet Deployment ReplicationController Job DaemonSet"),
    ("spec/jobTemplate/spec/template/spec", "CronJob"),
)


def _in_pods(paths: tuple[str, ...], homes: tuple[tuple[str, str], ...] = _PODS) -> str:
    return "\n".join(f"{home}/{path} | {kinds}" for home, kinds in homes for path in paths)


NAME_REFERENCES = {
    "Deployment": _SCALED,
    "ReplicationController": _SCALED,
    "ReplicaSet": _SCALED,
    "StatefulSet": _SCALED,
    "ConfigMap@v1": _in_pods(_CONFIG_IN_POD) + _CONFIG_ELSEWHERE,
    "Secret@v1": _in_pods(_SECRETS_IN_POD) + _SECRETS_ELSEWHERE,
    "Service@v1": _SERVICES,
    f"Role.{_RBAC}": f"roleRef/name | RoleBinding.{_RBAC}",
    f"ClusterRole.{_RBAC}": f"roleRef/name | RoleBinding.{_RBAC} ClusterRoleBinding.{_RBAC}",
    "ServiceAccount@v1": f"subjects | RoleBinding.{_RBAC} ClusterRoleBinding.{_RBAC}\n"
    + _in_pods(("serviceAccountName",), _OTHER_PODS),
    "PersistentVolumeClaim@v1": _in_pods(("volumes/persistentVolumeClaim/claimName",), _OTHER_PODS),
    "PersistentVolume@v1": """
spec/volumeName | PersistentVolumeClaim
rules/resourceNames | ClusterRole
""",
    "StorageClass.storage.k8s.io@v1": """
spec/storageClassName | PersistentVolume PersistentVolumeClaim
spec/volumeClaimTemplates/spec/storageClassName | StatefulSet
""",
    "PriorityClass.scheduling.k8s.io@v1": _in_pods(("priorityClassName",), _OTHER_PODS),
    # The group that kustomize ships is not one, so this row never finds anything; we keep to that.
    "IngressClass.networking.k8s.io/v1@v1": "spec/ingressClassName | Ingress",
    "ValidatingAdmissionPolicy.admissionregistration.k8s.io": (
        "spec/policyName | ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io"
    ),
}
"""For each kind that may be renamed, the fields (rows) in which others name it."""
