"""Progress of one attempt, written to the object only where it lasts.

Flux writes the status at every stage (eight writes a reconcile). Here a stage that is over within a
second is never written down; each further write needs ten times the patience, so that an attempt of
minutes says where it is, and one of milliseconds costs one write: its end.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from shared.reconcile.clock import Clock
from shared.reconcile.condition import Conditions
from shared.runtime.record import Record
from shared.runtime.report import underway
from shared.runtime.subject import Learned, Reconciled

PATIENCE = timedelta(seconds=1)
IMPATIENCE_GROWS = 10

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class ObjectJournal:
    """The journal of one attempt at one object."""

    def __init__(
        self, record: Record, obj: Reconciled, conditions: Conditions, clock: Clock
    ) -> None:
        self._record = record
        self._obj = obj
        self._conditions = conditions
        self._clock = clock
        self._doing = "Starting"
        self._written = ""
        self._moved = asyncio.Event()
        self._patience = PATIENCE

    def announce(self, doing: str) -> None:
        """Say what is going on now."""
        self._doing = doing
        self._moved.set()

    async def persist(self, attempt: Attempt[Learned]) -> None:
        """Write what was recorded so far, with what is going on. Raises ClusterError."""
        self._written, now = self._doing, self._clock.now()
        meta = self._obj.metadata
        await self._record.write_status(underway(attempt, meta, self._doing, self._conditions, now))

    async def report(self, attempt: Attempt[Learned]) -> None:
        """Write down every stage that lasts. Runs beside the attempt until it is cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self._clock.sleep(self._patience)
            # What a story has persisted meanwhile said that already.
            if not self._moved.is_set() and self._written != self._doing:
                await self._note(attempt)

    async def _note(self, attempt: Attempt[Learned]) -> None:
        # What a story persists by itself is no progress: it makes nobody more patient.
        self._patience *= IMPATIENCE_GROWS
        try:
            await self.persist(attempt)
        except Problem as problem:  # progress is news, not truth: the attempt goes on without
            log.info("progress.not_written", error=str(problem))
