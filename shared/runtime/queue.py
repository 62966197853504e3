"""Which objects want a reconciliation, and when: one run an object at a time.

Like the work queue of controller-runtime: a key that is added while it is being worked on is kept
and comes up again afterwards; a key added many times comes up once.

A key can also be nudged: it comes up, and all else that is planned for it stays as it is. Whoever
works on it can ask whether that was all (`is_nudged`), and do less.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from shared.reconcile.key import Key


class Queue:
    """Keys that are due, in the order in which they became due, and keys that will be."""

    def __init__(self) -> None:
        # Each with whether it was nudged and nothing else.
        self._due: dict[Key, bool] = {}
        self._active: dict[Key, bool] = {}
        self._again: dict[Key, bool] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._nudges: dict[Key, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self.added = 0

    def __len__(self) -> int:
        """How many keys are due and not yet taken."""
        return len(self._due)

    def add(self, key: Key) -> None:
        """The key is due now. While it is being worked on, it is due right after that."""
        _stop(self._timers, key)
        self._put(key, nudged=False)

    def nudge(self, key: Key, delay: timedelta = timedelta(0)) -> None:
        """The key is due in `delay` for a small matter: what it was scheduled for stays."""
        if not delay:
            _stop(self._nudges, key)
            self._put(key, nudged=True)
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + delay.total_seconds()
        timer = self._nudges.get(key)
        if timer is None or timer.when() > when:
            _stop(self._nudges, key)
            self._nudges[key] = loop.call_at(when, self.nudge, key)

    def add_after(self, key: Key, delay: timedelta) -> None:
        """The key is due in `delay`, unless it is due earlier anyway."""
        loop = asyncio.get_running_loop()
        when = loop.time() + delay.total_seconds()
        timer = self._timers.get(key)
        # A nudge is no reason not to come up later for all the rest.
        coming = not self._due.get(key, True) or not self._again.get(key, True)
        if coming or (timer and timer.when() <= when):
            return
        _stop(self._timers, key)
        self._timers[key] = loop.call_at(when, self.add, key)

    async def take(self) -> Key:
        """Wait for the next due key and mark it as being worked on, until `done`."""
        while not self._due:
            self._wake.clear()
            await self._wake.wait()
        key = next(iter(self._due))
        self._active[key] = self._due.pop(key)
        return key

    def done(self, key: Key) -> None:
        """The work on `key` has ended."""
        self._active.pop(key, None)
        if key in self._again:
            nudged = self._again.pop(key)
            self.nudge(key) if nudged else self.add(key)

    def wanted_again(self, key: Key) -> bool:
        """Whether `key` was added while it is being worked on."""
        return not self._again.get(key, True)

    def is_nudged(self, key: Key) -> bool:
        """Whether `key`, which is being worked on, came up because of a nudge and nothing else."""
        return self._active.get(key, False)

    def forget(self, key: Key) -> None:
        """Drop what is scheduled for `key`: the object is gone."""
        _stop(self._timers, key)
        _stop(self._nudges, key)

    def scheduled(self) -> Iterator[tuple[Key, float]]:
        """The keys that will be due, with the loop time at which they will be."""
        return ((key, timer.when()) for key, timer in self._timers.items())

    def _put(self, key: Key, *, nudged: bool) -> None:
        self.added += 1
        place = self._again if key in self._active else self._due
        place[key] = nudged and place.get(key, True)
        if place is self._due:
            self._wake.set()


def _stop(timers: dict[Key, asyncio.TimerHandle], key: Key) -> None:
    timer = timers.pop(key, None)
    if timer:
        timer.cancel()
