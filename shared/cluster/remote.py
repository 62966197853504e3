"""Other clusters that we speak to, each over one connection for as long as somebody needs it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import aiohttp

from shared.cluster.client import Client
from shared.cluster.connection import Connection, Limits
from shared.cluster.remote_access import RemoteAccess
from shared.cluster.throttle import Throttle
from shared.reconcile.clock import Clock

MOST = 128
"""Clusters that are connected to at once, unless more are in use at this very moment."""

LIMITS = Limits(answer=aiohttp.ClientTimeout(total=30, sock_connect=10))
"""Other clusters get less patience than our own (reference flux.md 1.3)."""


class Lasting(Protocol):
    """What is kept for a cluster: watches, and what is known from them."""

    async def run(self) -> None:
        """Run until cancelled."""


Kept = TypeVar("Kept", bound=Lasting)


@dataclass(slots=True, eq=False)
class _Open(Generic[Kept]):
    """A cluster that is connected to. `users`: how many are at it right now; `holders`: who will
    come back."""

    connection: Connection
    kept: Kept
    users: int = 0
    holders: set[Hashable] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Remotes(Generic[Kept]):
    """The clusters that are connected to, by what the way to each was made of: another kubeconfig
    is another connection, the same one in two places is one.

    `open_`: what is kept for a cluster beside its connection. `throttle`: our own limit on the
    requests to one cluster.
    """

    def __init__(
        self,
        clock: Clock,
        open_: Callable[[Client], Kept],
        throttle: Callable[[], Throttle],
        most: int = MOST,
    ) -> None:
        self._clock = clock
        self._make = open_
        self._throttle = throttle
        self._most = most
        self._open: OrderedDict[str, _Open[Kept]] = OrderedDict()
        self._held: dict[Hashable, str] = {}
        self._fresh: list[_Open[Kept]] = []
        self._asked = asyncio.Event()

    def __len__(self) -> int:
        """How many clusters are connected to."""
        return len(self._open)

    async def run(self) -> None:
        """Keep what is kept running, and close what nobody needs, until cancelled."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            stack.push_async_callback(self._hang_up)
            while True:
                self._asked.clear()
                while self._fresh:
                    one = self._fresh.pop()
                    tasks.create_task(_last(one), name=f"cluster {one.connection.server}")
                await self._asked.wait()

    @asynccontextmanager
    async def using(self, way: RemoteAccess, holder: Hashable) -> AsyncIterator[Kept]:
        """What is kept for the cluster at the end of a way. It stays connected for `holder` until
        that comes by another way, or is released."""
        if self._held.get(holder) != way.digest:
            self.release(holder)
        one = self._open.get(way.digest) or self._opened(way)
        self._open.move_to_end(way.digest)
        self._held[holder] = way.digest
        one.holders.add(holder)
        one.users += 1
        try:
            yield one.kept
        finally:
            one.users -= 1
            self._tidy()

    def release(self, holder: Hashable) -> None:
        """`holder` does not come back."""
        digest = self._held.pop(holder, "")
        if digest in self._open:
            self._open[digest].holders.discard(holder)
            self._tidy()

    async def _hang_up(self) -> None:
        """Close what was opened so late that nothing runs for it yet."""
        for one in self._open.values():
            await one.connection.close()

    def _opened(self, way: RemoteAccess) -> _Open[Kept]:
        connection = Connection(way.access, self._clock, self._throttle(), limits=LIMITS)
        one = _Open(connection, self._make(Client.on(connection)))
        self._open[way.digest] = one
        self._fresh.append(one)
        self._asked.set()
        return one

    def _tidy(self) -> None:
        """Close what nobody holds; of too many those that were not used the longest."""
        idle = [digest for digest, one in self._open.items() if not one.users]
        surplus = len(self._open) - self._most
        for place, digest in enumerate(idle):
            if not self._open[digest].holders or place < surplus:
                self._open.pop(digest).over.set()


async def _last(one: _Open[Kept]) -> None:
    """Run what is kept for a cluster until it is over, then hang up."""
    async with one.connection, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.kept.run(), name="kept")
        await one.over.wait()
        running.cancel()
