"""A Lease in memory, with an API server in front of it that may be away or hang."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from shared.cluster.error import Conflict, NotFound, Unreachable
from shared.cluster.lease import Seen, Tenure
from tests.fake.clock import NOON


class LoopClock:
    """The time of the running loop: virtual where that is."""

    def __init__(self, skew=None):
        self.skew = skew

    def now(self):
        moment = NOON + timedelta(seconds=self.monotonic())
        return moment + self.skew if self.skew else moment

    def monotonic(self):
        return asyncio.get_running_loop().time()

    async def sleep(self, duration):
        await asyncio.sleep(duration.total_seconds())


class FakeLease:
    """Fulfils shared.cluster.lease.Lock."""

    def __init__(self):
        self.tenure: Tenure | None = None
        self.version = 0
        self.away = self.hanging = False
        self.reads = self.writes = 0

    def __str__(self):
        return "Lease/flux-system/x"

    def put(self, tenure: Tenure | None) -> None:
        """Somebody edits the Lease."""
        self.tenure = tenure
        self.version += 1

    async def read(self) -> Seen:
        await self._reach()
        self.reads += 1
        if self.tenure is None:
            raise NotFound("no such Lease")
        return Seen(self.tenure, str(self.version))

    async def create(self, tenure: Tenure) -> Seen:
        await self._reach()
        if self.tenure is not None:
            raise Conflict("exists")
        return self._written(tenure)

    async def update(self, tenure: Tenure, version: str) -> Seen:
        await self._reach()
        if self.tenure is None:
            raise NotFound("no such Lease")
        if version != str(self.version):
            raise Conflict("has changed")
        return self._written(tenure)

    def _written(self, tenure: Tenure) -> Seen:
        self.writes += 1
        self.put(tenure)
        return Seen(tenure, str(self.version))

    async def _reach(self) -> None:
        if self.away:
            raise Unreachable("away")
        if self.hanging:
            await asyncio.Event().wait()
