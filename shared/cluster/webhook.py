"""Posting events to the notification controller (`--events-addr`)."""

from __future__ import annotations

import os
from datetime import timedelta

import aiohttp
import orjson

from shared.cluster.error import ClusterError, Unreachable
from shared.cluster.proxy import proxy_for
from shared.manifest.identity import Manifest
from shared.reconcile.clock import Clock

TRIES = 5
FIRST_PAUSE = timedelta(seconds=1)
LIMIT = aiohttp.ClientTimeout(total=5)
DUPLICATE = 429
"""The answer to an event that was sent a while ago already. It is not sent again."""


class Webhook:
    """One address that takes events, one after the other."""

    def __init__(self, address: str, clock: Clock) -> None:
        self._address = address
        self._clock = clock
        self._proxy = proxy_for(address, os.environ) or None
        self._session: aiohttp.ClientSession | None = None

    async def post(self, event: Manifest) -> None:
        """Deliver an event. Raises Unreachable where nobody takes it after five tries, and
        ClusterError where it is refused."""
        status, said = await self._tried(event)
        for number in range(TRIES - 1):
            if status < 500:
                break
            await self._clock.sleep(FIRST_PAUSE * 2**number)
            status, said = await self._tried(event)
        if status >= 300 and status != DUPLICATE:
            kind = Unreachable if status >= 500 else ClusterError
            raise kind(f"post event to {self._address}: {said}", status=status)

    async def close(self) -> None:
        """Close the connection."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _tried(self, event: Manifest) -> tuple[int, str]:
        """The status of one try, 599 where there was no answer, and what to say of it."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=LIMIT)
        try:
            async with self._session.post(
                self._address,
                data=orjson.dumps(event),
                headers={"Content-Type": "application/json"},
                proxy=self._proxy,
                allow_redirects=False,
            ) as response:
                return response.status, f"the answer was {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return 599, str(error) or type(error).__name__
