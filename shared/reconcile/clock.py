"""Time as a collaborator: the role. The machine's clock is in `shared/runtime/clock.py`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the time is, how long things took, and waiting."""

    def now(self) -> datetime:
        """The time of day, in UTC: for timestamps that people read."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps: for measuring and for deadlines."""

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`."""


def since(started: float, clock: Clock) -> timedelta:
    """How long ago `started` was, on the clock's monotonic hand: to the millisecond, for people."""
    return timedelta(milliseconds=round((clock.monotonic() - started) * 1000))
