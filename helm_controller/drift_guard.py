"""Whether the objects of a release are as they were released, and putting them right.

On the watch and the memory of shared/operation: what has not moved since it was applied costs no
request. Hooks, and objects that nobody released, are not looked at; an object says by a label or an
annotation `helm.toolkit.fluxcd.io/driftDetection: disabled` that it is not to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from helm_controller.ignore_rule import ignored_in
from shared.api.helm_release import DriftDetection
from shared.manifest.identity import Manifest
from shared.manifest.order import Stage
from shared.operation.batch import Batch, Terms
from shared.operation.change import ChangeLog
from shared.operation.place import Place
from shared.operation.survey import Step

DISABLED = "driftDetection", "disabled"


@dataclass(frozen=True, slots=True)
class Drifted:
    """Objects that are not as they were released. `lines`: what is with each, for people;
    `wanted`: how they should be."""

    lines: tuple[str, ...] = ()
    wanted: tuple[Manifest, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted)


@dataclass(frozen=True, slots=True)
class DriftGuard:
    """Guards the objects of one release. `asked`: whether somebody wants to know it now."""

    place: Place
    detection: DriftDetection
    asked: bool = False

    async def look(self, objects: Sequence[Manifest]) -> Drifted:
        """Find what has drifted. Raises a Problem where that cannot be told."""
        marks = self.place.rollout.memory.writer.marks
        guarded = [one for one in objects if not marks.is_marked(one, *DISABLED)]
        steps = await self.place.rollout.look(self.place.client, self._terms, guarded)
        moved = [
            step
            for step in steps
            if step.writes and not marks.is_marked(step.live or {}, *DISABLED)
        ]
        lines = tuple(map(_line, moved))
        return Drifted(lines, tuple(step.wanted for step in moved))

    async def correct(self, drifted: Drifted, changes: ChangeLog) -> None:
        """Put right what has drifted; `changes` grows meanwhile. Raises a Problem with what was
        refused."""
        batch = Batch(Stage.REST, drifted.wanted)
        await self.place.rollout.apply(self.place.client, self._terms, [batch], changes)

    @property
    def _terms(self) -> Terms:
        return Terms(asked=self.asked, ignored=partial(ignored_in, self.detection.ignore))


def _line(step: Step) -> str:
    """`Deployment/apps/web changed: spec.replicas (changed by kubectl)`."""
    if step.action == "create":
        return f"{step.ref} removed"
    return f"{step.ref} changed" + (f": {step.why}" if step.why else "")
