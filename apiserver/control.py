"""The control loop: writes wake controllers, which bring objects to where they should be.

Runs in callbacks of the event loop, between requests, so a controller sees a consistent cluster
and needs no locks. What one raises is logged by the event loop; the others go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from apiserver.storage import Event, Storage

SLICE = 0.01
"""Seconds of work between two looks at the network."""

K = TypeVar("K", bound=Hashable)


class Controller(Protocol[K]):
    """Keeps one kind of thing as it should be."""

    def keys(self, event: Event) -> Iterable[K]:
        """What to look at after a write."""

    def reconcile(self, key: K) -> float | None:
        """Bring one thing nearer to where it should be. Answers in how many seconds to look again;
        None: not before something is written."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing for one controller to look at. Jobs of the same mark are one."""

    mark: Hashable
    run: Callable[[], float | None] = field(compare=False)


Desk = Callable[[Event], Iterator[Job]]
"""What a write gives one controller to do."""


def desk(controller: Controller[K]) -> Desk:
    """The desk of a controller."""

    def jobs(event: Event) -> Iterator[Job]:
        for key in controller.keys(event):
            yield Job((id(controller), key), partial(controller.reconcile, key))

    return jobs


class Control:
    """All controllers of a cluster."""

    def __init__(self, storage: Storage, desks: Iterable[Desk]) -> None:
        self._storage = storage
        self._desks = tuple(desks)
        self._waiting: dict[Hashable, Job] = {}
        self._order: deque[Job] = deque()
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}
        self._turn: asyncio.Handle | None = None
        self._end: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to listen and work, on the running event loop."""
        self._end = self._storage.subscribe(self._notice)

    def stop(self) -> None:
        """Work no more."""
        if self._end:
            self._end()
        self._end = None
        for timer in self._timers.values():
            timer.cancel()
        if self._turn:
            self._turn.cancel()

    def _notice(self, event: Event) -> None:
        for jobs in self._desks:
            for job in jobs(event):
                self._add(job)

    def _add(self, job: Job) -> None:
        if job.mark not in self._waiting:
            self._waiting[job.mark] = job
            self._order.append(job)
            self._wake()

    def _wake(self) -> None:
        if self._end and self._turn is None and self._order:
            self._turn = asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE
        try:
            while self._order and loop.time() < end:
                self._one(self._order.popleft())
        finally:
            self._turn = None
            self._wake()

    def _one(self, job: Job) -> None:
        del self._waiting[job.mark]
        again = job.run()
        if again is not None:
            self._later(again, job)

    def _later(self, seconds: float, job: Job) -> None:
        if known := self._timers.pop(job.mark, None):
            known.cancel()
        loop = asyncio.get_running_loop()
        self._timers[job.mark] = loop.call_later(seconds, self._due, job)

    def _due(self, job: Job) -> None:
        self._timers.pop(job.mark, None)
        self._add(job)
