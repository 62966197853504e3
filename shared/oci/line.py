"""Lines to registries: what is kept between two questions, for all who ask as the same.

    lines = Lines(clock)
    async with lines.opened(location, access) as repository:
        ...

A line is to one registry by one Access: its login, certificates and proxy. Nothing that is on it,
no connection, token or answer, is ever used by somebody with another one. Whatever goes wrong, the
next question starts with nothing that was learned before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from shared.oci.authentication import Authentication
from shared.oci.base import Base
from shared.oci.connection import Connection, session_of
from shared.oci.credential import Access
from shared.oci.limit import Limits
from shared.oci.location import Location
from shared.oci.repository import Repository
from shared.oci.tls import context_of
from shared.reconcile.clock import Clock

IDLE = timedelta(minutes=5)
"""How long a line is kept that nobody uses."""

MOST = 100
"""Lines that are kept; of more, those go first that were not used the longest."""

MOST_LOGINS = 1_000
"""Repositories of one line of which it is known how to sign in there."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a line leads, and as whom. Values that are equal are one line."""

    registry: str
    access: Access


class Line:
    """One line. `users`: how many are on it; `used`: when the last one came."""

    def __init__(self, way: Way, session: aiohttp.ClientSession, clock: Clock, limits: Limits):
        self.users = 0
        self.used = clock.monotonic()
        self._way = way
        self._session = session
        self._connection = Connection(session, way.access, clock, limits)
        self._base = Base(self._connection, way.registry, insecure=way.access.insecure)
        self._logins: dict[tuple[str, str], Authentication] = {}

    @asynccontextmanager
    async def repository(self, location: Location) -> AsyncIterator[Repository]:
        """A repository of the registry. What was known of both is forgotten unless all goes well
        until the end."""
        base = await self._base.url()
        login = self._login(base, location)
        is_well = False
        try:
            yield Repository(location, self._connection, login, base)
            is_well = True
        finally:
            if not is_well:
                self._base.forget()
                login.forget()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _login(self, base: str, location: Location) -> Authentication:
        """How we sign in at a repository. What was shown over TLS is not shown without it unless
        that is asked for."""
        place = (base, location.repository)
        found = self._logins.pop(place, None)
        self._logins[place] = found or Authentication(self._connection, location, self._way.access)
        if len(self._logins) > MOST_LOGINS:
            self._logins.pop(next(iter(self._logins)))
        return self._logins[place]


class Lines:
    """All lines of a process. Somebody has to `run` them for those to be closed that nobody uses,
    or to `close` them at the end."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._open: dict[Way, Line] = {}
        self._is_over = False

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    @asynccontextmanager
    async def opened(self, location: Location, access: Access) -> AsyncIterator[Repository]:
        """A repository, by the line that leads there. Raises InvalidAccess, or Unreachable where
        nothing is there."""
        line = await self._line(Way(location.registry, access))
        line.users += 1
        try:
            async with line.repository(location) as repository:
                yield repository
        finally:
            line.users -= 1
            await self._tidy()

    async def run(self) -> None:
        """Close what nobody uses, until cancelled; then all."""
        try:
            while True:
                await self._clock.sleep(IDLE)
                await self._tidy()
        finally:
            await self.close()

    async def close(self) -> None:
        """Close all lines: those that somebody is on as soon as nobody is."""
        self._is_over = True
        await self._tidy()

    async def _line(self, way: Way) -> Line:
        """The line of a way, which is now the one that was used last."""
        if way not in self._open:
            context = await asyncio.to_thread(context_of, way.access)
            if way not in self._open:
                session = session_of(way.access, context, self._limits)
                self._open[way] = Line(way, session, self._clock, self._limits)
        line = self._open[way] = self._open.pop(way)
        line.used = self._clock.monotonic()
        return line

    async def _tidy(self) -> None:
        oldest = self._clock.monotonic() - IDLE.total_seconds()
        surplus = len(self._open) - MOST
        unused = [(way, line) for way, line in self._open.items() if not line.users]
        for place, (way, line) in enumerate(unused):
            if place < surplus or line.used <= oldest or self._is_over:
                del self._open[way]
        for way, line in unused:
            if self._open.get(way) is not line:
                await line.close()
