"""The rules of the built-in kinds, gathered from the rooms that know them."""

from __future__ import annotations

from apiserver.namespace import NAMESPACE
from apiserver.rule.access import BINDING, ROLE
from apiserver.rule.access import GROUP as RBAC
from apiserver.rule.admission import API_SERVICE, MUTATING, POLICY, PRIORITY_CLASS, VALIDATING
from apiserver.rule.claim import CLAIM, STORAGE_CLASS, VOLUME
from apiserver.rule.configuration import CONFIG_MAP, SECRET
from apiserver.rule.definition import DEFINITION
from apiserver.rule.device import ATTRIBUTES_CLASS, DEVICE_CLAIM, DEVICE_CLAIM_TEMPLATE
from apiserver.rule.job import CRON_JOB, JOB
from apiserver.rule.limit import BUDGET, LEASE, LIMIT_RANGE, QUOTA, SCALER
from apiserver.rule.network import (
    ENDPOINT_SLICE,
    ENDPOINTS,
    INGRESS,
    INGRESS_CLASS,
    NETWORK_POLICY,
)
from apiserver.rule.pod import POD
from apiserver.rule.service import SERVICE
from apiserver.rule.workload import (
    DAEMON_SET,
    DEPLOYMENT,
    POD_TEMPLATE,
    REPLICA_SET,
    REPLICATION,
    STATEFUL_SET,
)
from apiserver.strategy import Strategies, Strategy

_ADMISSION = "admissionregistration.k8s.io"
_RULES: dict[tuple[str, str], Strategy] = {
    ("", "ConfigMap"): CONFIG_MAP,
    ("", "Endpoints"): ENDPOINTS,
    ("", "LimitRange"): LIMIT_RANGE,
    ("", "Namespace"): NAMESPACE,
    ("", "PersistentVolume"): VOLUME,
    ("", "PersistentVolumeClaim"): CLAIM,
    ("", "Pod"): POD,
    ("", "PodTemplate"): POD_TEMPLATE,
    ("", "ReplicationController"): REPLICATION,
    ("", "ResourceQuota"): QUOTA,
    ("", "Secret"): SECRET,
    ("", "Service"): SERVICE,
    (_ADMISSION, "MutatingWebhookConfiguration"): MUTATING,
    (_ADMISSION, "ValidatingAdmissionPolicy"): POLICY,
    (_ADMISSION, "ValidatingWebhookConfiguration"): VALIDATING,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): DEFINITION,
    ("apiregistration.k8s.io", "APIService"): API_SERVICE,
    ("apps", "DaemonSet"): DAEMON_SET,
    ("apps", "Deployment"): DEPLOYMENT,
    ("apps", "ReplicaSet"): REPLICA_SET,
    ("apps", "StatefulSet"): STATEFUL_SET,
    ("autoscaling", "HorizontalPodAutoscaler"): SCALER,
    ("batch", "CronJob"): CRON_JOB,
    ("batch", "Job"): JOB,
    ("coordination.k8s.io", "Lease"): LEASE,
    ("discovery.k8s.io", "EndpointSlice"): ENDPOINT_SLICE,
    ("networking.k8s.io", "IngressClass"): INGRESS_CLASS,
    ("networking.k8s.io", "Ingress"): INGRESS,
    ("networking.k8s.io", "NetworkPolicy"): NETWORK_POLICY,
    ("policy", "PodDisruptionBudget"): BUDGET,
    (RBAC, "ClusterRole"): ROLE,
    (RBAC, "ClusterRoleBinding"): BINDING,
    (RBAC, "Role"): ROLE,
    (RBAC, "RoleBinding"): BINDING,
    ("resource.k8s.io", "ResourceClaim"): DEVICE_CLAIM,
    ("resource.k8s.io", "ResourceClaimTemplate"): DEVICE_CLAIM_TEMPLATE,
    ("scheduling.k8s.io", "PriorityClass"): PRIORITY_CLASS,
    ("storage.k8s.io", "StorageClass"): STORAGE_CLASS,
    ("storage.k8s.io", "VolumeAttributesClass"): ATTRIBUTES_CLASS,
}

STRATEGIES = Strategies(_RULES)
"""The rules of every kind."""
