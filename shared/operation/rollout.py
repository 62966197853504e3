"""Applying what was built: stage by stage, each looked through as a whole before it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import TypeVar

from shared.cluster.client import Client
from shared.cluster.discovery import Discovery
from shared.manifest.identity import Manifest, Ref, kind_of, metadata, text
from shared.manifest.order import Stage, order_key
from shared.manifest.readiness import is_plain, readiness_of
from shared.manifest.sealed import Bundle, Sealed
from shared.operation.batch import Batch, Terms
from shared.operation.bounded import bounded
from shared.operation.change import Action, ChangeLog, there
from shared.operation.definition import served_kinds
from shared.operation.listing import listed
from shared.operation.mark import Marks
from shared.operation.memory import ApplyMemory
from shared.operation.problem import OperationProblem, require_none
from shared.operation.survey import Parked, Step, Surveyor
from shared.operation.vigil import Wait
from shared.operation.watching import Watching
from shared.problem import Problem
from shared.reconcile.key import Key

ESTABLISHED_WITHIN = timedelta(seconds=60)
"""How long what others are made of may take to be there."""

GONE_WITHIN = timedelta(seconds=60)
"""How long an object that is made anew may take to go."""

Item = TypeVar("Item", Manifest, Parked)

_STANDS = Step({}, "stand", None)

_DONE: dict[str, Action] = {
    "create": "created",
    "configure": "configured",
    "recreate": "created",
    "skip": "skipped",
    "nothing": "unchanged",
    "stand": "unchanged",
}


@dataclass(frozen=True, slots=True)
class Rollout:
    """Server-side apply, as Flux does it (reference flux.md 1.13). `memory`: also says in whose
    hand; `most`: requests at once; `done`: counts objects by what was done."""

    discovery: Discovery
    watching: Watching
    memory: ApplyMemory
    most: int
    done: Counter[str] = field(default_factory=Counter)

    async def apply(
        self, client: Client, terms: Terms, batches: Sequence[Batch], changes: ChangeLog
    ) -> None:
        """Apply batch by batch. A batch in which anything would be refused is not begun; those
        before it stay. Raises a Problem with everything that was refused."""
        surveyor = Surveyor(client, self.memory.writer, terms.forced)
        if terms.asked:
            kinds = {kind_of(one) for batch in batches for one in batch.manifests}
            await self.memory.level(kinds)
        for batch in batches:
            steps = await self._survey(surveyor, terms, batch)
            await self._carry_out(client, steps, changes)
            if batch.stage.waits:
                await self._settle(client, steps, changes)

    async def look(self, client: Client, terms: Terms, manifests: Sequence[Manifest]) -> list[Step]:
        """What would be done to each object, without doing anything. What has not moved since it
        was applied costs no request. Raises a Problem with everything that would be refused."""
        surveyor = Surveyor(client, self.memory.writer, terms.forced)
        if terms.asked:
            await self.memory.level([kind_of(one) for one in manifests])
        standing, moved = self._sorted_out(terms, Batch(Stage.REST, manifests))
        steps = [parked.step() for parked in standing]

        async def survey(wanted: Manifest) -> None:
            ignored = terms.ignored(wanted)
            known = self.memory.known(wanted, ignored)
            step = await surveyor.step(wanted, known, ignored)
            if step.action == "nothing":
                self._kept(step, step.live)
            steps.append(step)

        require_none(await self._faults(survey, moved, "dry-run failed"))
        return sorted(steps, key=lambda step: order_key(step.ref))

    @property
    def _watching(self) -> Watching:
        """By the watch that is kept of what was applied, where that is enough."""
        return self.watching.with_sight(self.memory.sight)

    @property
    def _marks(self) -> Marks:
        return self.memory.writer.marks

    @property
    def _manager(self) -> str:
        return self._marks.manager

    async def _survey(self, surveyor: Surveyor, terms: Terms, batch: Batch) -> list[Parked]:
        """What is to be done to each object, before anything is done to any; but for a single one,
        which keeps nobody waiting."""
        steps, moved = self._sorted_out(terms, batch)
        strange = (wanted for wanted in moved if self.memory.is_strange(Ref.of(wanted)))
        found = await listed(surveyor.client, self._marks, strange)
        surveyor = replace(surveyor, listed=found)

        async def look(wanted: Manifest) -> None:
            ignored = terms.ignored(wanted)
            known = self.memory.known(wanted, ignored)
            step = None
            alone = len(moved) == 1 and not ignored
            if alone and known is not None and surveyor.is_clear(wanted, known):
                self.memory.forget(Ref.of(wanted))
                step = await surveyor.at_once(wanted, known)
            steps.append(Parked.of(step or await surveyor.step(wanted, known, ignored)))

        require_none(await self._faults(look, moved, "dry-run failed"))
        return sorted(steps, key=lambda step: order_key(step.ref))

    def _sorted_out(self, terms: Terms, batch: Batch) -> tuple[list[Parked], Bundle]:
        """The objects that are known to stand, and those that have to be looked at."""
        steps, moved = list[Parked](), list[str]()
        for wanted in batch.manifests:
            sealed = Sealed.of(wanted)
            if self.memory.standing(wanted, terms.ignored(wanted)) is None:
                moved.append(sealed.text)
            else:
                steps.append(Parked(sealed, _STANDS))
        return steps, Bundle(moved)

    async def _carry_out(self, client: Client, steps: Iterable[Parked], changes: ChangeLog) -> None:
        """Write kind by kind, in their order; the objects of a kind at once. One that is refused
        keeps nobody else of its stage from being written."""

        async def write(parked: Parked) -> None:
            step = parked.step()
            answer = await self._written(client, step)
            idle = step.writes and answer is not None and _is_as_before(step, answer)
            action = "unchanged" if idle else _DONE[step.action]
            self.done[action] += 1
            changes.add(parked.ref, action, answer, why="" if idle else step.why)
            if not idle:
                changes.remarks += filter(None, self._remarks(step))

        faults: list[str] = []
        for _, alike in groupby(steps, key=lambda step: order_key(step.ref)[:3]):
            faults += await self._faults(write, alike, "apply failed")
        require_none(faults)

    async def _written(self, client: Client, step: Step) -> Manifest | None:
        """Do one step; the object as it is then."""
        if step.action == "stand":
            return there(step.ref) if is_plain(step.ref) else None
        if step.action == "skip":
            return step.live
        if step.action == "nothing":
            return self._kept(step, step.live)
        if step.answer is not None:
            return self._kept(step, step.answer)
        self.memory.forget(step.ref)
        if step.action == "recreate":
            await client.delete(step.ref, uid=step.uid)
            await self._require_gone(client, step.ref)
        if step.cleanup:
            await client.patch(step.ref, step.cleanup, kind="json", manager=self._manager)
        return self._kept(step, await client.apply(step.content, manager=self._manager))

    def _remarks(self, step: Step) -> Iterable[str]:
        """What is to be said of an object that was written."""
        former = step.taken_from(self._marks)
        if former:
            yield self._taken_over(step.ref, former)
        if step.writes and step.drift:
            yield self.memory.corrected(step.wanted)

    def _taken_over(self, ref: Ref, former: Key) -> str:
        """Two that have one object take it from each other for ever: each of them says so."""
        return (
            f"{ref} was taken over from {self._marks.owner}/{former}; "
            "if that builds it too, only one of the two should"
        )

    def _kept(self, step: Step, answer: Manifest | None) -> Manifest | None:
        if answer is not None:
            self.memory.keep(step.wanted, answer, step.ignored)
        return answer

    async def _settle(self, client: Client, parked: Sequence[Parked], changes: ChangeLog) -> None:
        """Wait until what others are made of is there, and known."""
        steps = [one.step() for one in parked]
        defined = [kind for step in steps if step.writes for kind in served_kinds(step.wanted)]
        if defined:
            self.discovery.forget()
        waiting = [
            ref
            for ref in (step.ref for step in steps if step.action not in {"skip", "stand"})
            if not _is_current(changes.answers.get(ref))
        ]
        wait = Wait(tuple(waiting), ESTABLISHED_WITHIN)
        report = await self._watching.until_current(client, wait)
        if report:
            report.require()
        await self.watching.until_served(self.discovery, defined, ESTABLISHED_WITHIN)

    async def _require_gone(self, client: Client, ref: Ref) -> None:
        if await self._watching.until_gone(client, Wait((ref,), GONE_WITHIN)):
            raise OperationProblem(
                f"it was deleted to be made anew, and is still there after "
                f"{GONE_WITHIN.total_seconds():g}s: look at its finalizers"
            )

    async def _faults(
        self, work: Callable[[Item], Awaitable[None]], items: Iterable[Item], what: str
    ) -> list[str]:
        """Do a piece of work for each item; a sentence for each that it was refused for."""

        async def one(item: Item) -> str:
            try:
                await work(item)
            except Problem as problem:
                return f"{_ref(item)} {what}: {problem}"
            return ""

        return [fault for fault in await bounded(self.most, one, items) if fault]


def _is_as_before(step: Step, answer: Manifest) -> bool:
    """Whether the apply has found nothing to change."""
    return bool(step.version) and step.version == text(metadata(answer), "resourceVersion")


def _ref(item: Manifest | Parked) -> Ref:
    return item.ref if isinstance(item, Parked) else Ref.of(item)


def _is_current(answer: Manifest | None) -> bool:
    return answer is not None and readiness_of(answer).state == "Current"
