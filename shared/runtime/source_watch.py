"""Watches the kinds of source that may or may not be installed.

A kind that the cluster does not serve is not watched, and costs a question a minute; whoever names
it asks for itself. Once it is served it is watched, and its new revisions are applied at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Protocol

from shared.cluster.error import ClusterError
from shared.manifest.identity import Kind
from shared.reconcile.clock import Clock
from shared.runtime.controller import Trigger
from shared.runtime.queue import Queue

ASK_AGAIN = timedelta(minutes=1)


class Served(Protocol):
    """What the cluster serves (shared.cluster.discovery.Discovery)."""

    async def resource_of(self, kind: Kind) -> object:
        """How a kind is served. Raises ClusterError where it is not, or where nobody knows."""


class SourceWatch:
    """The kinds that are watched as soon as they are there. `watch`: begins to watch a kind, and
    gives the trigger that its changes pull."""

    def __init__(
        self,
        discovery: Served,
        kinds: Iterable[Kind],
        watch: Callable[[Kind], Trigger],
        clock: Clock,
    ) -> None:
        self._discovery = discovery
        self._missing = sorted(kinds)
        self._watch = watch
        self._clock = clock
        self._queue: Queue | None = None

    def heed(self, queue: Queue) -> None:
        """A trigger: what is watched wakes objects of this queue."""
        self._queue = queue

    async def run(self) -> None:
        """Watch what is there, and look for the rest, until all are watched."""
        while self._missing:
            for kind in [kind for kind in self._missing if await self._is_served(kind)]:
                self._missing.remove(kind)
                if self._queue is not None:
                    self._watch(kind)(self._queue)
            if self._missing:
                await self._clock.sleep(ASK_AGAIN)

    async def _is_served(self, kind: Kind) -> bool:
        try:
            await self._discovery.resource_of(kind)
        except ClusterError:
            return False
        return True
