"""Drift: objects that have moved since they were applied, and when they are put right.

Whoever applied them is woken at once, for just these objects. Where somebody else keeps moving an
object back, it is put right less and less often, and that is told once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.manifest.identity import Manifest, Ref
from shared.reconcile.clock import Clock
from shared.reconcile.key import Key

AT_ONCE = 3
"""How many times in a row an object is put right without a pause."""

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
"""Between two corrections of an object that somebody else keeps moving; each twice the last."""

PEACE = timedelta(minutes=20)
"""After this long without a correction an object is nobody's quarrel any more."""

_EARLY = 0.05
"""Seconds that a timer may be early by."""

MOST = 10_000
"""Objects whose last corrections are remembered; those longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One object that has moved. `wanted`: as it was applied, None where that is forgotten; `due`:
    when it is to be put right, on the monotonic clock."""

    wanted: Manifest | None
    due: float


@dataclass(frozen=True, slots=True)
class Quarrel:
    """How often in a row an object was looked at because it had moved, and when last."""

    times: int
    last: float


class Nudges(Protocol):
    """Who can be woken for a small matter (shared.runtime.queue.Queue)."""

    def nudge(self, key: Key, delay: timedelta = timedelta(0)) -> None:
        """Wake in `delay`, and leave all else that is planned."""

    def is_nudged(self, key: Key) -> bool:
        """Whether one that is awake was nudged and nothing else."""


class Drifts:
    """What has moved, until somebody looks at it. `corrections`: how many objects were put back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attended: dict[Key, asyncio.Event] = {}
        self._moved: dict[Key, dict[Ref, Moved]] = {}
        self._quarrels: OrderedDict[tuple[Key, Ref], Quarrel] = OrderedDict()
        self._queue: Nudges | None = None
        self.corrections = 0

    def heed(self, queue: Nudges) -> None:
        """A trigger: from now on, whose object moves is woken."""
        self._queue = queue

    def note(self, owner: Key, ref: Ref, wanted: Manifest | None) -> None:
        """An object has moved that was applied for `owner`."""
        if self._queue is None:
            return
        now = self._clock.monotonic()
        due = max(now, self._next(owner, ref))
        self._moved.setdefault(owner, {})[ref] = Moved(wanted, due)
        if owner in self._attended:
            self._attended[owner].set()
        else:
            self._queue.nudge(owner, timedelta(seconds=due - now))

    @contextmanager
    def attended(self, owner: Key) -> Iterator[Callable[[], Awaitable[Sequence[Manifest]]]]:
        """While inside, somebody who works on `owner` anyway, and for long, puts right what moves:
        what is given waits for the next objects that are due. What is left is nudged for at the
        end."""
        self._attended[owner] = asyncio.Event()
        try:
            yield lambda: self._next_due(owner)
        finally:
            del self._attended[owner]
            self._postpone(owner, self._moved.pop(owner, {}), self._clock.monotonic())

    async def _next_due(self, owner: Key) -> Sequence[Manifest]:
        rung = self._attended[owner]
        while True:
            rung.clear()
            moved = self._moved.get(owner, {})
            now = self._clock.monotonic()
            due = {ref: one.wanted for ref, one in moved.items() if one.due <= now + _EARLY}
            wanted = [one for one in due.values() if one is not None]
            if wanted:
                self._moved[owner] = {r: one for r, one in moved.items() if due.get(r) is None}
                return wanted
            later = [one.due for one in moved.values() if one.due > now]
            async with asyncio.TaskGroup() as tasks:
                pause = timedelta(seconds=min(later) - now) if later else LONGEST_PAUSE
                bell = tasks.create_task(self._ring(rung, pause))
                await rung.wait()
                bell.cancel()

    async def _ring(self, rung: asyncio.Event, pause: timedelta) -> None:
        await self._clock.sleep(pause)
        rung.set()

    def of(self, key: Key, *, settled: bool) -> Sequence[Manifest] | None:
        """The objects to put right now, where there is nothing else to be done for an owner; None
        where all of it is to be gone through. `settled`: whether the last time that all was gone
        through ended well. Ask once an attempt: what is handed out, or
        is gone through anyway, is not kept."""
        moved = self._moved.pop(key, {})
        if self._queue is None or not self._queue.is_nudged(key):
            return None
        now = self._clock.monotonic()
        if not settled:
            # It may go wrong again: who keeps moving things must not keep it going for ever.
            for ref in moved:
                self._count(key, ref, now)
            return None
        due = [one.wanted for one in moved.values() if one.due <= now + _EARLY]
        self._postpone(key, {ref: one for ref, one in moved.items() if one.due > now + _EARLY}, now)
        wanted = [one for one in due if one is not None]
        return wanted if len(wanted) == len(due) else None

    def corrected(self, owner: Key, ref: Ref) -> str:
        """An object was put back to what it was. A sentence where that begins to be a quarrel."""
        self.corrections += 1
        times = self._count(owner, ref, self._clock.monotonic())
        if times != AT_ONCE:
            return ""
        return (
            f"{ref} was put right {times} times in a row: somebody keeps changing it, so from now "
            f"on it is put right less and less often, at last every "
            f"{LONGEST_PAUSE.total_seconds() / 60:g} minutes. Let only one of the two have it: "
            "take the field out of the source, or have it ignored in the spec"
        )

    def _postpone(self, key: Key, later: Mapping[Ref, Moved], now: float) -> None:
        if later and self._queue is not None:
            self._moved[key] = dict(later)
            first = min(one.due for one in later.values())
            self._queue.nudge(key, timedelta(seconds=max(first - now, 0)))

    def _next(self, owner: Key, ref: Ref) -> float:
        """When an object may be put right again."""
        quarrel = self._quarrels.get((owner, ref))
        if quarrel is None or quarrel.times < AT_ONCE:
            return 0
        pause: timedelta = min(FIRST_PAUSE * 2 ** min(quarrel.times - AT_ONCE, 20), LONGEST_PAUSE)
        return quarrel.last + pause.total_seconds()

    def _count(self, owner: Key, ref: Ref, now: float) -> int:
        """How many times in a row an object was seen to have moved, this one included."""
        last = self._quarrels.pop((owner, ref), Quarrel(0, now))
        at_peace = now - last.last > PEACE.total_seconds()
        times = 1 if at_peace else last.times + 1
        self._quarrels[owner, ref] = Quarrel(times, now)
        while len(self._quarrels) > MOST:
            self._quarrels.popitem(last=False)
        return times
