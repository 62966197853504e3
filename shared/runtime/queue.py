"""Which objects want a reconciliation, and when: one run an object at a time.

Like the work queue of controller-runtime: a key that is added while it is being worked on is kept
and comes up again afterwards; a key added many times comes up once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple


class Key(NamedTuple):
    """The object of a controller's kind that wants attention."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Queue:
    """Keys that are due, in the order in which they became due, and keys that will be."""

    def __init__(self) -> None:
        self._due: dict[Key, None] = {}
        self._active: set[Key] = set()
        self._again: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self.added = 0

    def __len__(self) -> int:
        """How many keys are due and not yet taken."""
        return len(self._due)

    def add(self, key: Key) -> None:
        """The key is due now. While it is being worked on, it is due right after that."""
        self.added += 1
        self._unschedule(key)
        if key in self._active:
            self._again.add(key)
            return
        self._due[key] = None
        self._wake.set()

    def add_after(self, key: Key, delay: timedelta) -> None:
        """The key is due in `delay`, unless it is due earlier anyway."""
        loop = asyncio.get_running_loop()
        when = loop.time() + delay.total_seconds()
        timer = self._timers.get(key)
        if key in self._due or key in self._again or (timer and timer.when() <= when):
            return
        self._unschedule(key)
        self._timers[key] = loop.call_at(when, self.add, key)

    async def take(self) -> Key:
        """Wait for the next due key and mark it as being worked on, until `done`."""
        while not self._due:
            self._wake.clear()
            await self._wake.wait()
        key = next(iter(self._due))
        del self._due[key]
        self._active.add(key)
        return key

    def done(self, key: Key) -> None:
        """The work on `key` has ended."""
        self._active.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def wanted_again(self, key: Key) -> bool:
        """Whether `key` was added while it is being worked on."""
        return key in self._again

    def forget(self, key: Key) -> None:
        """Drop what is scheduled for `key`: the object is gone."""
        self._unschedule(key)

    def scheduled(self) -> Iterator[tuple[Key, float]]:
        """The keys that will be due, with the loop time at which they will be."""
        return ((key, timer.when()) for key, timer in self._timers.items())

    def _unschedule(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer:
            timer.cancel()
