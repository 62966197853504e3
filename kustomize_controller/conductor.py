"""Applies what was built wave by wave, with its hooks, where Argo CD's annotations count."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from kustomize_controller.hook import Hooks, deadline_of, judge_of
from kustomize_controller.limit import timeout_of
from kustomize_controller.ordering import Phase, not_acted_on
from kustomize_controller.plan import Turn
from kustomize_controller.terms import terms_of
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest, Ref
from shared.manifest.verdict import Readiness
from shared.operation.change import ChangeLog
from shared.operation.health_report import HealthReport
from shared.operation.place import Place
from shared.operation.vigil import Wait
from shared.operation.watching import Watching
from shared.problem import Problem
from shared.reconcile.failure import Waiting

Judge = Callable[[Manifest, datetime], Readiness]

Watched = Callable[[Wait], Awaitable[HealthReport | None]]
"""Waits for objects; what moves meanwhile is put right. None where the wait was cancelled."""


@dataclass(frozen=True, slots=True)
class Score:
    """What is to be conducted. `cancel`: set when there is something newer; `judge`: how objects
    are."""

    ks: Kustomization
    batches: Sequence[Turn]
    changes: ChangeLog
    cancel: asyncio.Event
    judge: Judge


@dataclass(frozen=True, slots=True)
class Conductor:
    """Conducts a run at a place. All its waits together may take the Kustomization's timeout."""

    place: Place
    watching: Watching
    watched: Watched

    async def conduct(self, score: Score) -> None:
        """Apply step after step: each has to be healthy, and its hooks done, before the next one
        begins. Where one falls short the hooks for that are run. Raises a Problem with what fell
        short, and Waiting where there is something newer."""
        _remark(score)
        ordinary = [one for one in score.batches if _phase(one) < Phase.SYNC_FAIL]
        until = self.watching.clock.monotonic() + timeout_of(score.ks).total_seconds()
        try:
            await self._steps(score, ordinary, until)
        except Problem:
            remedy = [one for one in score.batches if _phase(one) == Phase.SYNC_FAIL]
            until = self.watching.clock.monotonic() + timeout_of(score.ks).total_seconds()
            await self._remedied(score, remedy, until)
            raise

    async def _steps(self, score: Score, batches: Sequence[Turn], until: float) -> None:
        steps = [list(batches) for _, batches in groupby(batches, key=_step)]
        for number, step in enumerate(steps, 1):
            await self._step(score, step, until, is_last=number == len(steps))

    async def _step(
        self, score: Score, step: Sequence[Turn], until: float, *, is_last: bool
    ) -> None:
        hooks = Hooks(self.place, self.watching, score.changes)
        members = [one for batch in step if _is_hook(batch) for one in batch.manifests]
        due = await hooks.made_room_for(members)
        for batch in step:
            await self._apply(score, batch, due)
        hooks.forget(members)
        waiting = {Ref.of(one) for one in members}
        if not is_last:
            waiting |= {Ref.of(one) for batch in step if _waits(batch) for one in batch.manifests}
        report = await self._waited(score, waiting, self._limit(members, until))
        await hooks.tidied(members, report)
        report.require()

    async def _apply(self, score: Score, batch: Turn, due: Sequence[Manifest]) -> None:
        terms, manifests = terms_of(score.ks), batch.manifests
        if _is_hook(batch):
            manifests = tuple(one for one in manifests if one in due)
        if batch.slot and batch.slot.forced:
            terms = replace(terms, forced=True)
        if manifests:
            part = replace(batch, manifests=manifests)
            await self.place.rollout.apply(self.place.client, terms, [part], score.changes)

    async def _waited(self, score: Score, refs: Iterable[Ref], limit: timedelta) -> HealthReport:
        skipped = {one.ref for one in score.changes.changes if one.action == "skipped"}
        waiting = tuple(sorted(set(refs) - skipped))
        if not waiting:
            return HealthReport((), timedelta(0))
        wait = Wait(
            waiting,
            limit,
            "",
            score.changes.answers,
            score.cancel,
            judge_of(score.judge),
        )
        report = await self.watched(wait)
        if report is None:
            raise Waiting(
                "HealthCheckCanceled",
                "there is something newer to apply: the wait for a wave or a hook has ended",
                timedelta(0),
            )
        return report

    async def _remedied(self, score: Score, remedy: Sequence[Turn], until: float) -> None:
        """Run the hooks for a failure. That they fail too is told, and takes no one's place."""
        try:
            await self._steps(score, remedy, until)
        except Problem as problem:
            score.changes.remarks.append(f"a SyncFail hook failed too: {problem}")

    def _limit(self, hooks: Iterable[Manifest], until: float) -> timedelta:
        left = timedelta(seconds=max(until - self.watching.clock.monotonic(), 0.0))
        return min([left, *filter(None, map(deadline_of, hooks))])


def _phase(batch: Turn) -> Phase:
    return batch.slot.phase if batch.slot else Phase.SYNC


def _step(batch: Turn) -> tuple[Phase, int]:
    return batch.slot.step if batch.slot else (Phase.SYNC, 0)


def _is_hook(batch: Turn) -> bool:
    return batch.slot is not None and batch.slot.hook


def _waits(batch: Turn) -> bool:
    return batch.slot is not None and batch.slot.waits


def _remark(score: Score) -> None:
    """Say which sync options change nothing: one that is misspelt does not, either."""
    for manifest in (one for batch in score.batches for one in batch.manifests):
        if options := not_acted_on(manifest):
            said = ", ".join(options)
            score.changes.remarks.append(f"{Ref.of(manifest)}: sync option {said} changes nothing")
