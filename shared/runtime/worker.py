"""Take a key from the queue, run its reconciler once, write down what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Protocol

import structlog

from shared.api.parsing import MalformedObject
from shared.manifest.identity import Manifest
from shared.problem import Problem
from shared.reconcile.attempt import Attempt, Note
from shared.reconcile.clock import Clock
from shared.reconcile.condition import Conditions
from shared.reconcile.failure import Failure, Retryable
from shared.reconcile.key import Key
from shared.reconcile.pace import Backoff, jittered
from shared.reconcile.settlement import Again, Outcome, Ready, Settlement, settle
from shared.runtime.journal import ObjectJournal
from shared.runtime.queue import Queue
from shared.runtime.recent import Recent
from shared.runtime.record import Record, Register
from shared.runtime.report import ended, news, refused, to_wire
from shared.runtime.subject import REQUESTED_AT, Learned, Resource, Subject

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Recorder(Protocol):
    """Where events go."""

    def record(self, about: Manifest, note: Note) -> None:
        """Emit an event about an object; never blocks and never fails."""


class Gauge(Protocol):
    """Where the duration and the result of each attempt go."""

    def reconciled(self, kind: str, key: Key, seconds: float, result: str) -> None:
        """Count one attempt."""

    def gone(self, kind: str, key: Key) -> None:
        """Drop the series of an object that is gone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things are tried again. `chance` is a source of random numbers from 0 to 1."""

    backoff: Backoff
    jitter_percentage: int
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker stands on."""

    register: Register
    recorder: Recorder
    gauge: Gauge
    clock: Clock
    pace: Pace


async def outcome_of(
    work: Awaitable[Ready], attempt: Attempt[Learned], limit: timedelta
) -> Outcome:
    """What came of a piece of work: Ready, or the Failure it ended in, whatever happened."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await work
    except Failure as failure:
        return failure
    except TimeoutError:
        doing = attempt.doing or "starting"
        return Retryable(
            attempt.reason or "Failed",
            f"gave up after {limit.total_seconds():g}s: {doing}",
            condition=attempt.condition,
        )
    except Exception as bug:
        log.exception("reconcile.bug")
        return Retryable("InternalError", f"this is a bug in the controller: {bug!r}")


@dataclass(slots=True)
class Worker(Generic[Resource, Learned]):
    """Works on the objects of one kind, one after the other."""

    subject: Subject[Resource, Learned]
    queue: Queue
    around: Surroundings
    # Shared by the workers of a kind.
    recent: Recent = field(default_factory=Recent)

    async def run(self) -> None:
        """Work for ever."""
        while True:
            key = await self.queue.take()
            try:
                await self.attend(key)
            finally:
                self.queue.done(key)

    async def attend(self, key: Key) -> None:
        """Give one object the attention it wants, and decide when it gets more."""
        kind = self.subject.kind.kind
        with structlog.contextvars.bound_contextvars(
            kind=kind, namespace=key.namespace, name=key.name
        ):
            seen = self._newest(key)
            if seen is None:
                self._forget(key)
                return
            record = Record(self.around.register, seen)
            started = self.around.clock.monotonic()
            again = await self._handled(record)
            self.recent.keep(key, record.seen, self._cached(key))
            self.around.gauge.reconciled(
                kind, key, self.around.clock.monotonic() - started, _result(again)
            )
            self._schedule(key, again)

    async def _handled(self, record: Record) -> Again:
        try:
            return await self._handle(record)
        except Problem as problem:
            # The object itself could not be read or written: nothing to say on it, try again.
            log.warning("object.not_written", error=str(problem))
            return "backoff"

    async def _handle(self, record: Record) -> Again:
        try:
            obj = self.subject.parse(record.seen)
        except MalformedObject as fault:
            await record.write_status(refused(record.seen, fault, self.around.clock.now()))
            return "never"
        if obj.metadata.deletion_timestamp:
            return await self._finalize(record, obj)
        if self.subject.is_static(obj):
            return "never" if obj.spec.suspend else await self._retire(record, obj)
        if self.subject.finalizer not in obj.metadata.finalizers:
            await record.add_finalizer()
        if obj.spec.suspend:
            return await self._pause(record, obj)
        return await self._reconcile(record, obj)

    async def _pause(self, record: Record, obj: Resource) -> Again:
        """A suspended object keeps its conditions; a request to reconcile it counts as handled."""
        if token := obj.metadata.annotations.get(REQUESTED_AT):
            status = self.subject.status_of(obj)
            await record.write_status(to_wire(status, {"last_handled_reconcile_at": token}))
        return "never"

    async def _reconcile(self, record: Record, obj: Resource) -> Again:
        conditions = _conditions(self.subject.status_of(obj))
        journal = ObjectJournal(record, obj, conditions, self.around.clock)
        attempt = Attempt(self.subject.status_of(obj), journal)
        async with asyncio.TaskGroup() as tasks:
            reporter = tasks.create_task(journal.report(attempt))
            outcome = await outcome_of(
                self.subject.reconciler.reconcile(obj, attempt), attempt, self.subject.limit(obj)
            )
            reporter.cancel()
        settlement = settle(outcome, self._jittered(obj), self.subject.retry(obj))
        await self._conclude(record, obj, attempt, settlement)
        self._tell(record.seen, attempt, outcome, conditions)
        return settlement.again

    async def _finalize(self, record: Record, obj: Resource) -> Again:
        """Clean up, then let the object go. Who else has a finalizer on it is not our business."""
        if self.subject.finalizer not in obj.metadata.finalizers:
            return "never"
        conditions = _conditions(self.subject.status_of(obj))
        journal = ObjectJournal(record, obj, conditions, self.around.clock)
        attempt = Attempt(self.subject.status_of(obj), journal)
        outcome = await outcome_of(self._cleaned(obj, attempt), attempt, self.subject.limit(obj))
        self._tell(record.seen, attempt, outcome, conditions)
        if isinstance(outcome, Failure):
            settlement = settle(outcome, self._jittered(obj), None)
            await self._conclude(record, obj, attempt, settlement)
            return "backoff" if settlement.again == "never" else settlement.again
        await record.remove_finalizer()
        return "never"

    async def _retire(self, record: Record, obj: Resource) -> Again:
        """Clean up after an object that has become static, and say nothing of it any more."""
        again = await self._finalize(record, obj)
        if again == "never":
            await record.write_status({})
        return again

    async def _cleaned(self, obj: Resource, attempt: Attempt[Learned]) -> Ready:
        await self.subject.reconciler.finalize(obj, attempt)
        return Ready("Succeeded", "deleted")

    async def _conclude(
        self, record: Record, obj: Resource, attempt: Attempt[Learned], settlement: Settlement
    ) -> None:
        conditions = _conditions(self.subject.status_of(obj))
        now = self.around.clock.now()
        await record.write_status(ended(attempt, obj.metadata, settlement, conditions, now))

    def _tell(
        self, seen: Manifest, attempt: Attempt[Learned], outcome: Outcome, before: Conditions
    ) -> None:
        if isinstance(outcome, Failure):
            log.warning("reconcile.failed", reason=outcome.reason, message=outcome.message)
        for note in news(attempt, outcome, before):
            self.around.recorder.record(seen, note)

    def _newest(self, key: Key) -> Manifest | None:
        cached = self._cached(key)
        return None if cached is None else self.recent.newest(key, cached)

    def _cached(self, key: Key) -> Manifest | None:
        return self.around.register.find(key.namespace, key.name)

    def _forget(self, key: Key) -> None:
        self.recent.forget(key)
        self.queue.forget(key)
        self.around.pace.backoff.forget(key)
        self.around.gauge.gone(self.subject.kind.kind, key)

    def _schedule(self, key: Key, again: Again) -> None:
        backoff = self.around.pace.backoff
        if again == "backoff":
            self.queue.add_after(key, backoff.failed(key))
            return
        backoff.forget(key)
        if again != "never":
            self.queue.add_after(key, again)

    def _jittered(self, obj: Resource) -> timedelta:
        pace = self.around.pace
        return jittered(obj.spec.interval, pace.chance(), pace.jitter_percentage)


def _conditions(status: object) -> Conditions:
    found: Conditions = getattr(status, "conditions", ())
    return found


def _result(again: Again) -> str:
    match again:
        case "backoff":
            return "error"
        case "never":
            return "success"
        case _:
            return "requeue_after"
