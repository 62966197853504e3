"""What the outcome of an attempt means for the object. Pure, so one table tests all of it.

Nothing else in the project decides about Ready, Stalled, Reconciling, alerts or when to look again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.reconcile.condition import Conditions, Mark, drop, is_true, put
from shared.reconcile.failure import Failure, Stalled, Waiting

Again = timedelta | Literal["backoff", "never"]


@dataclass(frozen=True, slots=True)
class Ready:
    """The object is what its spec says: the reason and message of Ready=True."""

    reason: str
    message: str


Outcome = Ready | Failure


@dataclass(frozen=True, slots=True)
class Settlement:
    """The verdict on one attempt: the Ready mark, what stands beside it, and when to look again.
    `beside`: the reason and message of that, where they are not those of Ready."""

    ready: Mark
    stalled: bool
    alert: bool
    again: Again
    condition: str = ""
    beside: tuple[str, str] | None = None

    @property
    def observed(self) -> bool:
        """Whether the generation counts as seen: on success and where only a new spec can help."""
        return self.stalled or self.ready.status == "True"


def settle(outcome: Outcome, interval: timedelta, retry: timedelta | None) -> Settlement:
    """Judge an outcome. `interval`: the pace of success; `retry`: the fixed pace of failure, or
    None for exponential back-off (sources)."""
    match outcome:
        case Ready(reason=reason, message=message):
            return Settlement(
                Mark("True", reason, message), stalled=False, alert=False, again=interval
            )
        case Waiting(retry_in=soon, alarm=alarm):
            return _short(outcome, stalled=False, alert=alarm, again=soon)
        case Stalled():
            return _short(outcome, stalled=True, alert=True, again="never")
        case _:
            return _short(outcome, stalled=False, alert=True, again=retry or "backoff")


def _short(failure: Failure, *, stalled: bool, alert: bool, again: Again) -> Settlement:
    mark = Mark("False", failure.reason, failure.message)
    return Settlement(mark, stalled, alert, again, failure.condition, failure.beside)


def conclude(
    conditions: Conditions, settlement: Settlement, *, generation: int, now: datetime
) -> Conditions:
    """The conditions at the end of an attempt (flux.md 2.3 step 6): Ready always; Stalled or
    Reconciling only where it fell short, never both; the named abnormal condition beside them."""
    ready = settlement.ready
    conditions = drop(conditions, "Stalled", "Reconciling")
    if settlement.condition:
        mark = Mark("True", ready.reason, ready.message)
        conditions = put(conditions, settlement.condition, mark, generation=generation, now=now)
    if settlement.stalled:
        reason, message = settlement.beside or (ready.reason, ready.message)
        mark = Mark("True", reason, message)
        conditions = put(conditions, "Stalled", mark, generation=generation, now=now)
    elif ready.status != "True":
        reason, message = settlement.beside or ("ProgressingWithRetry", ready.message)
        mark = Mark("True", reason, message)
        conditions = put(conditions, "Reconciling", mark, generation=generation, now=now)
    return put(conditions, "Ready", ready, generation=generation, now=now)


def progress(conditions: Conditions, doing: str, *, generation: int, now: datetime) -> Conditions:
    """The conditions while an attempt runs: Reconciling says what is going on; Ready becomes
    Unknown only where it was absent or Unknown (flux.md 12 (8): what was Ready stays Ready)."""
    retrying = any(c.type == "Ready" and c.status == "False" for c in conditions)
    reason = "ProgressingWithRetry" if retrying else "Progressing"
    conditions = drop(conditions, "Stalled")
    conditions = put(
        conditions, "Reconciling", Mark("True", reason, doing), generation=generation, now=now
    )
    if is_true(conditions, "Ready") or retrying:
        return conditions
    return put(conditions, "Ready", Mark("Unknown", reason, doing), generation=generation, now=now)
