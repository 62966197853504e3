"""What was written comes to be on the disk: many writes, one trip.

Writes take effect in memory at once, and go to the file in the order in which they happened. While
one batch is on its way, the next one gathers; so writes that come together wait together. Nothing
is told to a client before what it may have seen is safe: answers and watches wait for `settled`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from apiserver.database import Database, DatabaseError, Entry
from apiserver.refusal import Refusal
from apiserver.storage import Event, Shelf

HISTORY = 10_000
"""Revisions that watches may resume from after a restart."""

Step = Callable[[], None]


class Ledger:
    """Writes to a database, in a thread of its own. Ends with `close`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "apiserver-ledger")
        self._entries: list[Entry] = []
        self._steps: list[Step] = []
        self._noted = 0
        self._safe = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._is_away = False
        self._failure: DatabaseError | None = None
        self._floor = database.floor

    def note(self, event: Event) -> None:
        """One more write."""
        previous = event.before.revision if event.before else None
        now = event.now
        entry = Entry(now.revision, event.type, event.shelf, now.key, previous, now.whole)
        self._entries.append(entry)
        if now.revision - self._floor >= 2 * HISTORY:
            self.compact(now.revision - HISTORY)
        self._add()

    def drop(self, shelf: Shelf) -> None:
        """A kind is gone, with all that was known of it."""
        self._then(lambda: self._database.drop(shelf))

    def compact(self, floor: int) -> None:
        """The history up to a revision is of no more use."""
        self._floor = floor
        self._then(lambda: self._database.compact(floor))

    async def settled(self) -> None:
        """Wait until all that was noted is on the disk. Raises a 500 where that failed; then
        nothing is kept any more."""
        if self._failure:
            raise _lost(self._failure)
        if self._safe < self._noted:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((self._noted, future))
            await future

    async def close(self) -> None:
        """Write what is left, and let go of the file."""
        with suppress(Refusal):
            await self.settled()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
        self._thread.shutdown()

    def size(self) -> int:
        """Bytes on the disk."""
        return self._database.size()

    def _then(self, step: Step) -> None:
        self._take_entries()
        self._steps.append(step)
        self._add()

    def _take_entries(self) -> None:
        if entries := self._entries:
            self._entries = []
            self._steps.append(lambda: self._database.write(entries))

    def _add(self) -> None:
        self._noted += 1
        if not self._is_away and not self._failure:
            self._leave()

    def _leave(self) -> None:
        """Begin a trip with what there is, once this turn of the loop has added its own."""
        self._is_away = True
        asyncio.get_running_loop().call_soon(self._travel)

    def _travel(self) -> None:
        self._take_entries()
        steps, self._steps, count = self._steps, [], self._noted

        def travel() -> int:
            for step in steps:
                step()
            return count

        trip = asyncio.get_running_loop().run_in_executor(self._thread, travel)
        trip.add_done_callback(self._arrive)

    def _arrive(self, trip: asyncio.Future[int]) -> None:
        error = trip.exception()
        if isinstance(error, DatabaseError):
            return self._fail(error)
        self._safe = trip.result()
        while self._waiting and self._waiting[0][0] <= self._safe:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
        self._is_away = False
        if self._safe < self._noted:
            self._leave()
        return None

    def _fail(self, error: DatabaseError) -> None:
        self._failure = error
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(_lost(error))


def _lost(error: DatabaseError) -> Refusal:
    return Refusal(500, "InternalError", f"Internal error occurred: nothing can be kept: {error}")
