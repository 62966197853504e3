"""The control loop: writes wake controllers, which bring objects to where they should be.

Runs in callbacks of the event loop, between requests, so a controller sees a consistent cluster
and needs no locks. What one raises is logged by the event loop; the others go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from apiserver.cluster import Cluster
from apiserver.storage import Event, Key

SLICE = 0.01
"""Seconds of work between two looks at the network."""


class Controller(Protocol):
    """Keeps one kind of thing as it should be."""

    def keys(self, event: Event) -> Iterable[Key]:
        """What to look at after a write."""

    def reconcile(self, key: Key) -> float | None:
        """Bring one thing nearer to where it should be. Answers in how many seconds to look again;
        None: not before something is written."""


Task = tuple[Controller, Key]


class Control:
    """All controllers of a cluster."""

    def __init__(self, cluster: Cluster, controllers: Iterable[Controller]) -> None:
        self._cluster = cluster
        self._controllers = tuple(controllers)
        self._waiting: deque[Task] = deque()
        self._known: set[tuple[int, Key]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._turn: asyncio.Handle | None = None
        self._running = False

    def start(self) -> None:
        """Begin to listen and work, on the running event loop."""
        self._running = True
        self._end = self._cluster.storage.subscribe(self._notice)
        self._wake()

    def stop(self) -> None:
        """Work no more."""
        self._running = False
        self._end()
        for timer in self._timers:
            timer.cancel()
        if self._turn:
            self._turn.cancel()

    def _notice(self, event: Event) -> None:
        for controller in self._controllers:
            for key in controller.keys(event):
                self._add(controller, key)

    def _add(self, controller: Controller, key: Key) -> None:
        mark = (id(controller), key)
        if mark in self._known:
            return
        self._known.add(mark)
        self._waiting.append((controller, key))
        self._wake()

    def _wake(self) -> None:
        if self._running and self._turn is None and self._waiting:
            self._turn = asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE
        self._turn = None
        try:
            while self._waiting and loop.time() < end:
                self._one(*self._waiting.popleft())
        finally:
            self._wake()

    def _one(self, controller: Controller, key: Key) -> None:
        self._known.discard((id(controller), key))
        again = controller.reconcile(key)
        if again is not None:
            self._later(again, controller, key)

    def _later(self, seconds: float, controller: Controller, key: Key) -> None:
        def due() -> None:
            self._timers.discard(timer)
            self._add(controller, key)

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)
