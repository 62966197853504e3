"""Waiting for what other tasks do, without a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def eventually(holds: Callable[[], object]) -> None:
    """Let the other tasks run until `holds`; five seconds of that are a failure."""
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0)
