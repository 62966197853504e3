"""What this controller counts: what it remembers, and what it has done to objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import WeakSet

from kustomize_controller.build import KustomizeBuilder
from shared.operation.drift import Drifts
from shared.operation.memory import ApplyMemory
from shared.runtime.metric import Figure

ACTIONS = ("created", "configured", "unchanged", "skipped", "deleted")
"""What may be done to an object; each is shown from the start."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms that have figures. `memories`: one for each cluster that is applied to, for as long
    as that is connected to; `done`: how many objects something was done to, by what."""

    builder: KustomizeBuilder
    drifts: Drifts
    memories: WeakSet[ApplyMemory] = field(default_factory=WeakSet)
    done: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(ACTIONS, 0)))


def figures(rooms: Rooms) -> Iterable[Figure]:
    """All figures of this controller."""
    builder, drifts, memories = rooms.builder, rooms.drifts, rooms.memories
    yield Figure(
        "penstock_build_memory_bytes",
        "Manifests that are remembered with what they were built from, as JSON.",
        lambda: {"": builder.bytes},
    )
    yield Figure(
        "penstock_apply_memory_objects",
        "Applied objects that cost nothing while they do not move.",
        lambda: {"": sum(len(memory) for memory in memories)},
    )
    yield Figure(
        "penstock_apply_memory_bytes",
        "Applied manifests that are kept to put drift right, as JSON.",
        lambda: {"": sum(memory.manifests.bytes for memory in memories)},
    )
    yield Figure(
        "penstock_builds",
        "Builds that were not known from an earlier revision.",
        lambda: {"": builder.builds},
        grows=True,
    )
    yield Figure(
        "penstock_build_read_bytes",
        "Bytes of the files that those builds have read.",
        lambda: {"": builder.read},
        grows=True,
    )
    yield Figure(
        "penstock_drift_corrections",
        "Objects that had moved and were put back.",
        lambda: {"": drifts.corrections},
        grows=True,
    )
    yield Figure(
        "penstock_objects",
        "Objects that were gone through, by what was done to them.",
        lambda: dict(rooms.done),
        label="action",
        grows=True,
    )
