"""The way to a release that is as it should be: observe, decide, act, until nothing is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from helm_controller.account import Outcome, account
from helm_controller.decision import Action, Decision, Intact, Observed, Wish, decide, observe
from helm_controller.drift_guard import Drifted
from helm_controller.ending import Ending, Spread
from helm_controller.history import latest, previous
from helm_controller.observation import is_as_remembered
from helm_controller.problem import Overtaken
from helm_controller.release import Release
from helm_controller.release_record import Record
from helm_controller.remediation import active, retry_after
from helm_controller.second_look import ANNOTATION
from helm_controller.task import Task
from helm_controller.terms import timeout_of_action
from shared.api import duration
from shared.api.helm_release import HelmRelease, HelmReleaseStatus
from shared.api.helm_snapshot import ReleaseSnapshot
from shared.operation.change import ChangeLog
from shared.operation.problem import listed
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from shared.reconcile.clock import Clock
from shared.reconcile.condition import Mark
from shared.reconcile.settlement import Ready

Sort = Literal["release", "remedy", "test", "unlock", "correction"]
"""Sorts of action: each is done once in an attempt, and nothing after a remedy."""

SORTS: dict[Action, Sort] = {
    "install": "release",
    "upgrade": "release",
    "rollback": "remedy",
    "uninstall": "remedy",
    "test": "test",
    "unlock": "unlock",
    "correct": "correction",
}


@dataclass(frozen=True, slots=True)
class Pursuit:
    """One attempt at one release. `retries`: whether failures are retried where the spec does not
    say what follows them; `spread`: spreads pauses."""

    hr: HelmRelease
    attempt: Attempt[HelmReleaseStatus]
    release: Release
    task: Task
    clock: Clock
    retries: bool
    spread: Spread

    async def run(self, *, forced: bool) -> Ready:
        """Observe, decide, act, until there is nothing left to do. Raises Failure where it falls
        short."""
        if not forced and await self._stands():
            return self._ending.settled(Observed("InSync"))
        done: set[Sort] = set()
        wish = Wish(forced, self.retries)
        while True:
            records = await self.release.records()
            observed, drifted = await self._observed(records, is_new="release" in done)
            decision = self._decision(observed, records, wish)
            self.attempt.record(HelmReleaseStatus(history=decision.history))
            if decision.stalled:
                raise self._ending.given_up(decision.stalled, decision.why)
            if decision.action is None:
                return await self._settled(observed, records)
            sort = SORTS[decision.action]
            if sort in done:
                return self._ending.paused(observed)
            done.add(sort)
            await self._do(decision.action, records, drifted)
            wish = replace(wish, forced=False)
            if sort == "remedy":
                raise self._ending.remedied()

    async def _stands(self) -> bool:
        """Whether nothing has moved since it was in order: then nothing is asked or rendered."""
        stands = not self.release.looks_again and self.release.standing(self._reason())
        return stands and not await self.release.drift(())

    async def _settled(self, observed: Observed, records: Sequence[Record]) -> Ready:
        if observed.state == "InSync":
            await self.release.stand(self._reason(), records)
        return self._ending.settled(observed)

    def _reason(self) -> Hashable:
        """What a release is in order for: the spec, what it is made of, and what is remembered."""
        known = latest(self.attempt.status.history)
        return (
            self.hr.metadata.generation,
            self.task.wanted,
            known.model_dump_json() if known else "",
        )

    async def _observed(
        self, records: Sequence[Record], *, is_new: bool
    ) -> tuple[Observed, Drifted]:
        """How the release is. `is_new`: whether it was made in this attempt."""
        last = records[-1] if records else None
        observed = observe(self.hr, self.attempt.status, self.task.wanted, last)
        if observed.state == "InSync" and last is not None and not is_new:
            observed = await self._looked_up(observed, last)
        if observed.state != "InSync":
            return observed, Drifted()
        drifted = await self.release.drift(records)
        if not drifted:
            return observed, drifted
        message = self._about_cluster("has drifted from the desired state", drifted.lines)
        self.attempt.mark("Drifted", Mark("True", "DriftDetected", message))
        self.attempt.tell("DriftDetected", message, severity="error")
        return Observed("Drifted", message), drifted

    async def _looked_up(self, observed: Observed, last: Record) -> Observed:
        """How the release is with what its chart looks up now."""
        look = await self.release.outdated(self.task.made_of, last)
        if look == "fickle":
            message = (
                f"chart {self.task.wanted.chart_name} renders to something else every time, so "
                f"what it looks up cannot be told apart; {ANNOTATION} has no effect"
            )
            self.attempt.tell("RenderedDifferently", message, severity="error")
        if look != "changed":
            return observed
        return Observed("OutOfSync", "what the chart looks up has changed")

    async def _do(self, action: Action, records: Sequence[Record], drifted: Drifted) -> None:
        if action == "correct":
            await self._correct(drifted)
        else:
            await self._act(action, records)

    async def _correct(self, drifted: Drifted) -> None:
        """Put right what has drifted. That it fails is told, and tried again by and by."""
        changes = ChangeLog()
        async with self.attempt.stage("Correcting drift", "ReconcileError"):
            fault = _words(await _problem(self.release.correct(drifted, changes)))
        lines = tuple(changes.news())
        if lines:
            message = self._about_cluster("has been corrected", lines)
            self.attempt.tell("DriftCorrected", message)
        if fault:
            message = self._about_cluster("could not be corrected", (fault,))
            self.attempt.tell("DriftCorrectionFailed", message, severity="error")
        if changes.remarks:
            self.attempt.tell("DriftCorrected", "\n".join(changes.remarks))

    def _about_cluster(self, what: str, lines: Sequence[str]) -> str:
        known = latest(self.attempt.status.history)
        name = known.full_name if known else self.hr.metadata.name
        return f"Cluster state of release {name} {what}:\n{listed(lines, chr(10))}"

    @property
    def _ending(self) -> Ending:
        return Ending(self.hr, self.attempt, self.task, self.retries, self.spread)

    def _decision(self, observed: Observed, records: Sequence[Record], wish: Wish) -> Decision:
        return decide(self.hr.spec, self.attempt.status, observed, wish, _intact(records))

    async def _act(self, action: Action, records: Sequence[Record]) -> None:
        """Do one action, and write down what it came to before anything else happens."""
        limit = duration.format(timeout_of_action(self.hr, action))
        async with self.attempt.stage(
            f"Running '{action}' action with timeout of {limit}", "ReconcileError"
        ):
            started = self.clock.monotonic()
            target = self._target() if action == "rollback" else None
            problem = await _problem(self._actions(records, target)[action]())
            took = timedelta(milliseconds=round((self.clock.monotonic() - started) * 1000))
            overtaken = isinstance(problem, Overtaken)
            fault = _words(problem)
            outcome = Outcome(action, self.release.written(), fault, took, target, overtaken)
            await self._write(outcome)
        if overtaken:
            raise self._ending.overtaken()
        if fault and not outcome.written:
            raise self._ending.unrecorded(fault)

    def _actions(
        self, records: Sequence[Record], target: ReleaseSnapshot | None
    ) -> dict[Action, Callable[[], Awaitable[None]]]:
        release, made_of = self.release, self.task.made_of
        return {
            "install": lambda: release.install(made_of, records),
            "upgrade": lambda: release.upgrade(made_of, records),
            "rollback": lambda: release.roll_back(target.version if target else 0, records),
            "uninstall": lambda: release.uninstall(records),
            "test": lambda: release.test(records[-1]),
            "unlock": lambda: release.unlock(records[-1]),
        }

    async def _write(self, outcome: Outcome) -> None:
        """What an action came to: on the object, at once."""
        spec, status = self.hr.spec, self.attempt.status
        retries = retry_after(spec, _of_release(outcome.action), by_default=self.retries)
        told = account(spec, status, outcome, self.task.attempted, retries=retries is not None)
        self.attempt.marks.update(told.marks)
        self.attempt.tell(told.reason, told.message, severity=told.severity, **told.metadata)
        if (changes := self.release.changes()) and outcome.written:
            self.attempt.tell("ReleaseChanged", changes, severity="info", **told.metadata)
        # Known at once: what is released now was made with them.
        made_with = self.task.changes if _of_release(outcome.action) and not outcome.fault else {}
        news = told.status.model_copy(update=await self._stock(outcome) | made_with)
        await self.attempt.persist(news)

    async def _stock(self, outcome: Outcome) -> dict[str, object]:
        """The objects of the release that is there now."""
        newest = outcome.written[0] if outcome.written else None
        if newest is None or outcome.action in {"test", "unlock"}:
            return {}
        if newest.status == "uninstalled":
            return {"inventory": None}
        try:
            return {"inventory": await self.release.inventory(newest, self.task.made_of.chart)}
        except Problem as problem:
            hr = f"{self.hr.metadata.namespace}/{self.hr.metadata.name}"
            message = f"failed to build inventory for {hr}: {problem}"
            self.attempt.tell("InventoryBuildFailed", message, severity="error")
            return {}

    def _target(self) -> ReleaseSnapshot | None:
        """The release that a rollback goes to."""
        remediation = active(self.hr.spec, self.attempt.status)
        ignores = remediation is not None and remediation.ignores_tests
        return previous(self.attempt.status.history, ignore_tests=ignores)


def _intact(records: Sequence[Record]) -> Intact:
    """Whether the record of a release is there, and as it was."""
    there = {record.revision: record for record in records}

    def intact(snapshot: ReleaseSnapshot) -> bool:
        record = there.get(snapshot.version)
        if record is not None and record.status == "superseded":
            # Of an attempt that was killed before it could say so, too.
            record = record.with_status(snapshot.status)
        return record is not None and is_as_remembered(snapshot, record)

    return intact


async def _problem(work: Awaitable[None]) -> Problem | None:
    """Why a piece of work went wrong."""
    try:
        await work
    except Problem as problem:
        return problem
    return None


def _words(problem: Problem | None) -> str:
    """A problem for people; empty where there is none."""
    return "" if problem is None else str(problem).strip() or type(problem).__name__


def _of_release(action: Action) -> Literal["", "install", "upgrade"]:
    return action if action in {"install", "upgrade"} else ""
