"""How long to wait before looking again: jitter on success, exponential back-off on failure.

Flux: success is spread by ±5 % of the interval, failures of sources back off from 750 ms to 15 min,
and jitter never applies to failures (reference flux.md 1.3 and 12 (10)).
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import timedelta


def jittered(interval: timedelta, chance: float, percentage: int) -> timedelta:
    """The interval, moved by up to ±`percentage` %. `chance` is a random number from 0 to 1."""
    return interval * (1 + percentage / 100 * (2 * chance - 1))


class Backoff:
    """Delays that double with each failure of a key, from `first` up to `most`."""

    def __init__(self, first: timedelta, most: timedelta) -> None:
        self._first = first
        self._most = most
        self._failures: dict[Hashable, int] = {}

    def failed(self, key: Hashable) -> timedelta:
        """Count one more failure of `key`; the delay before it is tried again."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        # 2**63 seconds is beyond any ceiling; the cap keeps the product within timedelta's range.
        doubled: timedelta = self._first * 2 ** min(failures, 40)
        return min(doubled, self._most)

    def forget(self, key: Hashable) -> None:
        """`key` succeeded, or is gone: the next failure starts from the first delay again."""
        self._failures.pop(key, None)
