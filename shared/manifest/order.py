"""In which order objects are applied: stages, and an order of kinds within a stage.

As Flux has it (reference flux.md 1.13): what others need comes first, and what could refuse others
(admission webhooks) comes last. Deletion goes the other way round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum

from shared.manifest.identity import Manifest, Ref

_DEFINITIONS = frozenset({"CustomResourceDefinition", "Namespace", "ClusterRole"})

_FIRST = (
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")

_RANKS = {kind: place - len(_FIRST) for place, kind in enumerate(_FIRST)} | {
    kind: place + 1 for place, kind in enumerate(_LAST)
}

OrderKey = tuple[int, str, str, str, str]


class Stage(IntEnum):
    """What is applied together. A stage begins when the one before it is through."""

    DEFINITIONS = 0
    """What other objects need to exist at all: definitions, namespaces, cluster roles."""
    CLASSES = 1
    """Kinds named …Class: what other objects name as the way they are to be run."""
    CUSTOM = 2
    """Kinds that whoever runs the controller wants ahead of the rest."""
    REST = 3
    """Everything else."""

    @property
    def waits(self) -> bool:
        """Whether its objects have to be established before the next stage begins."""
        return self < Stage.CUSTOM


def stage_of(ref: Ref, early: Collection[str] = ()) -> Stage:
    """The stage of an object. `early`: kinds, as `Kind` or `group/Kind`, of the custom stage."""
    if ref.kind in _DEFINITIONS:
        return Stage.DEFINITIONS
    if ref.kind.endswith("Class"):
        return Stage.CLASSES
    if ref.kind in early or f"{ref.group}/{ref.kind}" in early:
        return Stage.CUSTOM
    return Stage.REST


def order_key(ref: Ref) -> OrderKey:
    """Sorts objects within a stage: by rank of the kind, then group, kind, namespace, name."""
    return _RANKS.get(ref.kind, 0), ref.group, ref.kind, ref.namespace, ref.name


def in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """The manifests in the order in which they are applied. Raises ManifestError where one is no
    object."""
    return sorted(manifests, key=lambda manifest: order_key(Ref.of(manifest)))


def deletion_order(refs: Iterable[Ref], early: Collection[str] = ()) -> list[Ref]:
    """The objects in the order in which they are deleted: what was applied last goes first."""
    return sorted(refs, key=lambda ref: (stage_of(ref, early), order_key(ref)), reverse=True)
