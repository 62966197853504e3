"""Time as a collaborator, and the form in which Kubernetes writes it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the time is, and waiting."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def stamp(moment: datetime) -> str:
    """As in `creationTimestamp`: RFC 3339 in whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(moment: datetime) -> str:
    """As in a Lease's `renewTime`: RFC 3339 in microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(value: str) -> datetime | None:
    """The moment of an RFC 3339 text; None where it is not one."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
