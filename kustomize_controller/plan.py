"""What to apply, in which order, what has become stale, and what the inventory is meanwhile. Pure.

The inventory is widened to old and planned together before the first write, and narrowed to what
is known to be there after the prune: a stop between any two steps leaves no object unlisted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kustomize_controller.ordering import Run, Slot, sequence
from kustomize_controller.problem import KustomizationProblem
from shared.api.inventory import Inventory, InventoryEntry
from shared.api.kustomization import Kustomization
from shared.api.reference import ObjectReference
from shared.manifest.identity import Kind, Manifest, Ref
from shared.manifest.inventory import id_of, ref_of
from shared.manifest.order import deletion_order, in_order, order_key, stage_of
from shared.manifest.sealed import Bundle, Sealed
from shared.operation.batch import Batch
from shared.operation.change import ChangeLog

ALLOW_EMPTY = "penstock.dev/allow-empty"
GUARDED_FROM = 10
"""A prune of every object is refused from this many objects on."""

Task = tuple[Slot | None, Sealed]
"""An object, and its turn where waves and hooks count."""


@dataclass(frozen=True, slots=True)
class Turn(Batch):
    """Objects that are applied together. `slot`: when they have their turn, where waves and hooks
    count."""

    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. `known`: what the inventory lists so far; `stale`: what is to be deleted,
    in the order of deletion; `hooks`: those of `wanted` that are there only for a while."""

    batches: tuple[Turn, ...]
    known: tuple[Ref, ...]
    wanted: tuple[Ref, ...]
    stale: tuple[Ref, ...]
    hooks: frozenset[Ref] = frozenset()

    @property
    def widens(self) -> bool:
        """Whether something would be applied that the inventory does not list yet."""
        return not set(self.wanted) <= set(self.known)

    @property
    def ventured(self) -> Inventory:
        """Old and planned objects together: what may be there from the first write on."""
        return inventory_of((*self.wanted, *self.known))

    def settled(self, unconfirmed: Iterable[Ref] = ()) -> Inventory:
        """What is there after the prune; `unconfirmed`: what could not be seen to be deleted."""
        return inventory_of((*self.wanted, *unconfirmed))

    def after(self, changes: ChangeLog) -> Plan:
        """The plan once it was applied: without the hooks that are gone, or that were never due."""
        there = changes.touched() | set(self.known)
        gone = set(changes.deleted())
        left = [one for one in self.wanted if one not in self.hooks or one in there - gone]
        return replace(self, wanted=tuple(left))

    def require_something_left(self, annotations: Mapping[str, str]) -> None:
        """Refuse to delete all that was ever applied: that is a moved path or an empty build far
        more often than a wish. Raises KustomizationProblem; few objects and an annotation pass."""
        whole = len(self.stale) >= GUARDED_FROM and len(self.stale) == len(set(self.known))
        if whole and annotations.get(ALLOW_EMPTY) != "true":
            raise KustomizationProblem(
                f"refusing to prune {len(self.stale)} of {len(self.stale)} objects: nothing of "
                "what was applied before is in the source any more. If that is what you want, set "
                f'the annotation {ALLOW_EMPTY}: "true" on the Kustomization'
            )


def make_plan(
    manifests: Iterable[Manifest],
    inventory: Inventory | None,
    *,
    prune: bool,
    early: Collection[str] = (),
    run: Run | None = None,
) -> Plan:
    """Plan from what was built and what is listed. `early`: kinds of the custom stage; `run`: where
    waves and hooks count.

    Without `prune` what is no longer built is forgotten, as by Flux: it stays, and is nobody's.
    Raises ManifestError where an object or an inventory entry names nothing.
    """
    known = refs_of(inventory)
    tasks = _tasks(manifests, run)
    hooks = frozenset(one.ref for slot, one in tasks if slot and slot.hook)
    due = tasks if run is None or run.fresh else [one for one in tasks if not _is_hook(one[0])]
    listed = [one.ref for _, one in due] + [ref for ref in known if ref in hooks]
    wanted = tuple(dict.fromkeys(listed))
    stale = deletion_order(set(known) - set(wanted), early) if prune else []
    return Plan(_batches(due, early), known, wanted, tuple(stale), hooks)


def _tasks(manifests: Iterable[Manifest], run: Run | None) -> list[Task]:
    """The objects in their order, and where waves and hooks count in their slots."""
    if run is not None:
        return [(slot, Sealed.of(one)) for slot, one in sequence(in_order(manifests), run)]
    sealed = sorted(map(Sealed.of, manifests), key=lambda one: order_key(one.ref))
    return [(None, one) for one in sealed]


def _batches(tasks: Iterable[Task], early: Collection[str]) -> tuple[Turn, ...]:
    """Wave by wave, and in each wave stage by stage."""

    def place(task: Task) -> tuple[int, ...]:
        slot, stage = task[0] or Slot(), stage_of(task[1].ref, early)
        return *slot.step, slot.hook, slot.late, stage, slot.forced

    batches: list[Turn] = []
    for _, alike in groupby(sorted(tasks, key=place), key=place):
        together = list(alike)
        slot, first = together[0]
        stage = stage_of(first.ref, early)
        batches.append(Turn(stage, Bundle(one.text for _, one in together), slot))
    return tuple(batches)


def _is_hook(slot: Slot | None) -> bool:
    return slot is not None and slot.hook


def refs_of(inventory: Inventory | None) -> tuple[Ref, ...]:
    """The objects that an inventory lists, each once. Raises ManifestError."""
    entries: Sequence[InventoryEntry] = inventory.entries if inventory else ()
    return tuple(dict.fromkeys(ref_of(entry.id, entry.v) for entry in entries))


def inventory_of(refs: Iterable[Ref]) -> Inventory:
    """The inventory that lists the objects, each once; of two versions the first counts."""
    versions: dict[str, str] = {}
    for ref in refs:
        versions.setdefault(id_of(ref), ref.version)
    return Inventory(
        entries=tuple(InventoryEntry(id=entry, v=versions[entry]) for entry in sorted(versions))
    )


def targets_of(ks: Kustomization, changes: ChangeLog) -> tuple[Ref, ...]:
    """The objects that have to be healthy: with `wait` all that were applied, without the
    Kustomization itself; otherwise those that healthChecks names."""
    own = ks.naming
    itself = Ref(own.group, own.kind, ks.metadata.namespace, ks.metadata.name)
    if ks.spec.wait:
        return tuple(ref for ref in changes.applied() if ref != itself)
    return tuple(dict.fromkeys(_checked(check) for check in ks.spec.health_checks))


def deletes_at_the_end(ks: Kustomization) -> bool:
    """Whether the objects of a Kustomization go when it goes. Not while it is suspended."""
    if ks.spec.suspend or not refs_of(ks.status.inventory):
        return False
    policy = ks.spec.deletion_policy
    return ks.spec.prune if policy == "MirrorPrune" else policy != "Orphan"


def _checked(check: ObjectReference) -> Ref:
    kind = Kind.parse(check.api_version or "apps/v1", check.kind)
    return Ref(kind.group, kind.kind, check.namespace, check.name, kind.version)
