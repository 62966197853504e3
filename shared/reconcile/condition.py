"""Conditions as values: every function returns a new tuple, none touches the cluster.

Rules of Flux (reference flux.md 1.1): the transition time moves when status, reason *or* message
change, is cut to seconds, and the stored order is Stalled, Reconciling, Ready, then by observed
generation descending, then by name. Messages are cut at 32 KiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.api.meta import Condition

Conditions = tuple[Condition, ...]
Verdict = Literal["True", "False", "Unknown"]

FIRST = {"Stalled": 0, "Reconciling": 1, "Ready": 2}
MESSAGE_LIMIT = 32_768


@dataclass(frozen=True, slots=True)
class Mark:
    """What a condition shall say; when and for which generation is added by `put`."""

    status: Verdict
    reason: str
    message: str


def find(conditions: Conditions, kind: str) -> Condition | None:
    """The condition of type `kind`, or None."""
    return next((c for c in conditions if c.type == kind), None)


def is_true(conditions: Conditions, kind: str) -> bool:
    """Whether the condition of type `kind` is there and True."""
    found = find(conditions, kind)
    return found is not None and found.status == "True"


def put(
    conditions: Conditions, kind: str, mark: Mark, *, generation: int, now: datetime
) -> Conditions:
    """Replace or add; the transition time moves only when the condition says something new."""
    message = shorten(mark.message)
    old = find(conditions, kind)
    same = old is not None and (old.status, old.reason, old.message) == (
        mark.status,
        mark.reason,
        message,
    )
    new = Condition(
        type=kind,
        status=mark.status,
        reason=mark.reason,
        message=message,
        observed_generation=generation,
        last_transition_time=(
            old.last_transition_time if old and same else now.replace(microsecond=0)
        ),
    )
    return tuple(sorted((*drop(conditions, kind), new), key=_rank))


def drop(conditions: Conditions, *kinds: str) -> Conditions:
    """The conditions without those of the given types."""
    return tuple(c for c in conditions if c.type not in kinds)


def shorten(message: str, limit: int = MESSAGE_LIMIT) -> str:
    """The message, cut to `limit` bytes of UTF-8 with a trailing ellipsis where it is longer."""
    raw = message.encode()
    if len(raw) <= limit:
        return message
    return raw[: limit - 3].decode(errors="ignore") + "..."


def _rank(condition: Condition) -> tuple[int, int, str]:
    return FIRST.get(condition.type, 3), -(condition.observed_generation or 0), condition.type
