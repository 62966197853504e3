"""Hooks: objects that are made to be done with. What becomes of each before and after its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kustomize_controller.mark import MARKS
from kustomize_controller.ordering import (
    BEFORE_CREATION,
    DEADLINE,
    RUN,
    is_hook,
    policies_of,
)
from kustomize_controller.problem import KustomizationProblem
from shared.api import duration
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, annotations_of, kind_of, metadata, section, text
from shared.manifest.readiness import health_of
from shared.manifest.verdict import Readiness, current, failed, in_progress
from shared.operation.change import ChangeLog
from shared.operation.health_report import HealthReport
from shared.operation.place import Place
from shared.operation.vigil import Wait
from shared.operation.watching import Watching

GONE_WITHIN = timedelta(seconds=60)
"""How long the hook of an earlier run may take to go."""

Judge = Callable[[Manifest, datetime], Readiness]


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of one step, at one place."""

    place: Place
    watching: Watching
    changes: ChangeLog

    async def made_room_for(self, hooks: Iterable[Manifest]) -> list[Manifest]:
        """Those of the hooks that have to be made now. One that this very run has made already, in
        a process that was stopped, is only waited for. Raises a Problem where an object that is
        none of ours has the name of one."""
        return [hook for hook in hooks if await self._is_due(hook)]

    def forget(self, hooks: Iterable[Manifest]) -> None:
        """That a hook goes is no drift, and how it is says nothing of the Kustomization."""
        for ref in map(Ref.of, hooks):
            self.place.rollout.memory.forget(ref)
            self.changes.passing.add(ref)

    async def tidied(self, hooks: Sequence[Manifest], report: HealthReport) -> None:
        """Delete the hooks whose policy says so, after they were waited for."""
        for hook in hooks:
            policies = policies_of(hook)
            if policies <= {BEFORE_CREATION}:
                continue
            ref = Ref.of(hook)
            live = await self._live(ref)
            state = self._state(live) if live else "Current"
            done = not report.faults or state == "Current"
            if ("HookSucceeded" if done else "HookFailed") in policies:
                await self._delete(hook, live)
                self.changes.add(ref, "deleted")

    async def _is_due(self, hook: Manifest) -> bool:
        live = await self._live(Ref.of(hook))
        if live is None:
            return True
        _require_ours(hook, live)
        same = annotations_of(live).get(RUN) == annotations_of(hook).get(RUN)
        if same and self._state(live) != "Failed":
            self.changes.answers[Ref.of(hook)] = live
            return False
        if not same and BEFORE_CREATION not in policies_of(hook):
            self.changes.remarks.append(f"{Ref.of(hook)} is there from before, and is not run anew")
            self.changes.answers[Ref.of(hook)] = live
            return False
        await self._delete(hook, live)
        await self._require_gone(Ref.of(hook))
        return True

    def _state(self, live: Manifest) -> str:
        return judge_of(health_of)(live, self.watching.clock.now()).state

    async def _live(self, ref: Ref) -> Manifest | None:
        try:
            return await self.place.client.get(ref)
        except NotFound:
            return None

    async def _delete(self, hook: Manifest, live: Manifest | None) -> None:
        if live is None:
            return
        _require_ours(hook, live)
        try:
            await self.place.client.delete(Ref.of(hook), uid=text(metadata(live), "uid"))
        except NotFound:
            return

    async def _require_gone(self, ref: Ref) -> None:
        if await self.watching.until_gone(self.place.client, Wait((ref,), GONE_WITHIN)):
            raise KustomizationProblem(
                f"{ref}, a hook of an earlier run, is still there {GONE_WITHIN.total_seconds():g}s "
                "after it was deleted: look at its finalizers"
            )


def judge_of(judge: Judge) -> Judge:
    """How objects are in a run: as `judge` says, but a Pod that is a hook has to end."""

    def found(manifest: Manifest, now: datetime) -> Readiness:
        if is_hook(manifest) and kind_of(manifest).kind == "Pod":
            phase = text(section(manifest, "status"), "phase")
            if phase == "Succeeded":
                return current("the Pod has ended well")
            if phase == "Failed":
                return failed("HookFailed", "the Pod has failed")
            return in_progress("HookRunning", f"the Pod is {phase or 'not started'}")
        return judge(manifest, now)

    return found


def deadline_of(hook: Manifest) -> timedelta | None:
    """How long a hook may take, where it says so. Raises KustomizationProblem where that is no
    duration."""
    said = annotations_of(hook).get(DEADLINE)
    if not said:
        return None
    try:
        return duration.parse(said)
    except ValueError as error:
        raise KustomizationProblem(f"{Ref.of(hook)}: {DEADLINE}: {error}") from error


def _require_ours(hook: Manifest, live: Manifest) -> None:
    """A hook may take the place of an earlier one, whoever made that; of nothing else."""
    if MARKS.owner_of(live) != MARKS.owner_of(hook) and not is_hook(live):
        raise KustomizationProblem(
            f"{Ref.of(hook)} is to be a hook, and there is an object of that name that is none: "
            "delete it, or give the hook another name"
        )
