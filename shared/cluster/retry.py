"""When a request that failed is sent again. Pure.

Again, where the server cannot have acted on it (it was never sent, or was turned away with 429), or
where acting twice is the same as once. Never otherwise: an object would be made twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

TRIES = 5
PATIENCE = timedelta(seconds=30)
"""No new try is begun later than that after the first one."""

FIRST = timedelta(milliseconds=200)
LONGEST = timedelta(seconds=5)
LONGEST_ASKED = timedelta(seconds=30)
"""A server that asks for more than that is not waited for: the caller has a back-off of its own."""

_TRANSIENT = {0, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Setback:
    """One try that failed. `status`: 0 where there was no answer; `sent`: whether the server may
    have seen the request; `asked`: what it wants us to wait (Retry-After)."""

    status: int = 0
    sent: bool = True
    asked: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """What has been tried so far: how often, and since when. `limit`: the most tries."""

    tries: int
    elapsed: timedelta
    limit: int = TRIES


def pause(setback: Setback, effort: Effort, *, idempotent: bool, chance: float) -> timedelta | None:
    """How long to wait before the next try; None where there shall be none.

    `chance`: a number from 0 to 1 that spreads the pause, so that clients do not come in step.
    """
    if not _may_repeat(setback, idempotent=idempotent):
        return None
    if effort.tries >= effort.limit:
        return None
    doubled: timedelta = FIRST * 2 ** (effort.tries - 1)
    wait = max(min(doubled, LONGEST) * (0.5 + chance), setback.asked or timedelta(0))
    if wait > LONGEST_ASKED or effort.elapsed + wait > PATIENCE:
        return None
    return wait


def _may_repeat(setback: Setback, *, idempotent: bool) -> bool:
    if setback.status == 429 or not setback.sent:
        return True
    return idempotent and setback.status in _TRANSIENT


def asked_for(header: str) -> timedelta | None:
    """`Retry-After: 30` → 30 s. The other form, a date, is not one that API servers send."""
    return timedelta(seconds=int(header)) if header.isdigit() and len(header) < 9 else None
