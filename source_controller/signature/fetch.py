"""Fetching from where certificates say, as from a registry: bounded, and without who we are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from shared.oci.connection import body_of, connected
from shared.oci.credential import Access
from shared.oci.error import NotFound, Unreachable
from shared.oci.limit import Limits
from shared.oci.tls import context_of
from shared.reconcile.clock import Clock

PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class PlainFetch:
    """Without a login. `proxy`: what the registry is reached through too."""

    clock: Clock
    proxy: str = ""

    async def get(self, url: str, most: int) -> bytes:
        """What is at a URL, up to so many bytes. Raises Unreachable, or NotFound."""
        access = Access(proxy=self.proxy)
        limits = Limits(tries=1, silence=PATIENCE)
        try:
            async with (
                asyncio.timeout(PATIENCE.total_seconds()),
                connected(access, context_of(access), self.clock, limits) as connection,
                connection.ask("GET", url, {}) as response,
            ):
                if response.status != 200:
                    raise NotFound(f"a place that a certificate names answers {response.status}")
                return await body_of(response, most, "what a certificate names")
        except TimeoutError:
            raise Unreachable("a place that a certificate names does not answer") from None
