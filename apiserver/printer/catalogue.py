"""The printer of each kind with columns of its own."""

from __future__ import annotations

from collections.abc import Mapping

from apiserver.printer import configuration, machine, network, workload
from apiserver.printer.column import Printer

_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_STORAGE = "storage.k8s.io"

PRINTERS: Mapping[tuple[str, str], Printer] = {
    ("", "ConfigMap"): configuration.CONFIG_MAP,
    ("", "Endpoints"): network.ENDPOINTS,
    ("", "Event"): configuration.EVENT,
    ("", "Namespace"): configuration.NAMESPACE,
    ("", "Node"): machine.NODE,
    ("", "PersistentVolume"): machine.VOLUME,
    ("", "PersistentVolumeClaim"): machine.CLAIM,
    ("", "Pod"): workload.POD,
    ("", "PodTemplate"): workload.POD_TEMPLATE,
    ("", "ReplicationController"): workload.REPLICATION,
    ("", "ResourceQuota"): configuration.QUOTA,
    ("", "Secret"): configuration.SECRET,
    ("", "Service"): network.SERVICE,
    ("", "ServiceAccount"): configuration.ACCOUNT,
    (_ADMISSION, "MutatingWebhookConfiguration"): configuration.WEBHOOKS,
    (_ADMISSION, "ValidatingAdmissionPolicy"): configuration.ADMISSION,
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"): configuration.ADMISSION_BINDING,
    (_ADMISSION, "ValidatingWebhookConfiguration"): configuration.WEBHOOKS,
    ("apiregistration.k8s.io", "APIService"): configuration.API_SERVICE,
    ("apps", "ControllerRevision"): workload.REVISION,
    ("apps", "DaemonSet"): workload.DAEMON_SET,
    ("apps", "Deployment"): workload.DEPLOYMENT,
    ("apps", "ReplicaSet"): workload.REPLICA_SET,
    ("apps", "StatefulSet"): workload.STATEFUL_SET,
    ("autoscaling", "HorizontalPodAutoscaler"): workload.SCALER,
    ("batch", "CronJob"): workload.CRON_JOB,
    ("batch", "Job"): workload.JOB,
    ("coordination.k8s.io", "Lease"): configuration.LEASE,
    ("discovery.k8s.io", "EndpointSlice"): network.SLICE,
    ("events.k8s.io", "Event"): configuration.EVENT,
    ("networking.k8s.io", "IPAddress"): network.ADDRESS,
    ("networking.k8s.io", "Ingress"): network.INGRESS,
    ("networking.k8s.io", "IngressClass"): network.INGRESS_CLASS,
    ("networking.k8s.io", "NetworkPolicy"): network.POLICY,
    ("networking.k8s.io", "ServiceCIDR"): network.NETWORKS,
    ("node.k8s.io", "RuntimeClass"): configuration.RUNTIME,
    ("policy", "PodDisruptionBudget"): workload.BUDGET,
    (_RBAC, "ClusterRoleBinding"): configuration.BINDING,
    (_RBAC, "RoleBinding"): configuration.BINDING,
    ("scheduling.k8s.io", "PriorityClass"): configuration.PRIORITY,
    (_STORAGE, "CSIDriver"): machine.DRIVER,
    (_STORAGE, "CSINode"): machine.NODE_DRIVERS,
    (_STORAGE, "StorageClass"): machine.CLASS,
    (_STORAGE, "VolumeAttachment"): machine.ATTACHMENT,
}
"""By group and kind."""
