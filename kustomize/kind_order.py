"""The order of kinds that kustomize once hoped could be applied from first to last."""

from __future__ import annotations

from kustomize.identity import Gvk

FIRST = (
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount",
    "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap",
    "Secret", "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume",
    "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
)  # fmt: skip
LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def ranks(first: tuple[str, ...] = FIRST, last: tuple[str, ...] = LAST) -> dict[str, int]:
    """A number for each kind that has a place: below zero for the first, above for the last."""
    result = {kind: index - len(first) for index, kind in enumerate(first)}
    result.update({kind: index + 1 for index, kind in enumerate(last)})
    return result


_RANKS = ranks()


def sort_text(kind: Gvk) -> str:
    """What kinds of the same rank are compared by."""
    return f"{kind.group or '~G'}_{kind.version or '~V'}_{kind.kind or '~K'}"


def kind_key(kind: Gvk) -> tuple[int, str]:
    """Sorts kinds: by rank, then by group, version and kind."""
    return _RANKS.get(kind.kind, 0), sort_text(kind)
