"""Our own limit on requests, for API servers that do not share themselves out fairly."""

from __future__ import annotations

from datetime import timedelta

from shared.reconcile.clock import Clock

FAIRNESS = "X-Kubernetes-PF-FlowSchema-UID"
"""A server with Priority & Fairness puts this header on every answer. There a limit of our own
would only make us slower than the server allows (reference flux.md 1.3). Flux asks once, at the
start; we see it on any answer."""


class Throttle:
    """A bucket of `burst` requests that fills at `qps` a second. A rate of 0 or less: no limit."""

    def __init__(self, clock: Clock, qps: float = 50.0, burst: int = 300) -> None:
        self._clock = clock
        self._qps = qps
        self._burst = float(max(burst, 1))
        self._left = self._burst
        self._filled = clock.monotonic()

    def lift(self) -> None:
        """The server looks after itself."""
        self._qps = 0.0

    async def turn(self) -> None:
        """Wait for a turn; turns are given in the order of asking."""
        if self._qps <= 0:
            return
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._filled) * self._qps)
        self._filled = now
        self._left -= 1
        if self._left < 0:
            await self._clock.sleep(timedelta(seconds=-self._left / self._qps))
