"""The status of an object, as an attempt leaves it or passes through it. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.manifest.identity import Manifest
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Conditions, drop, put
from shared.reconcile.settlement import Settlement, conclude, progress
from shared.runtime.subject import REQUESTED_AT, Learned


def underway(
    attempt: Attempt[Learned], meta: ObjectMeta, doing: str, conditions: Conditions, now: datetime
) -> Manifest:
    """The status while the attempt runs: what was learned so far, and what is going on."""
    conditions = _marked(attempt, conditions, meta, now)
    conditions = progress(conditions, doing, generation=meta.generation, now=now)
    return to_wire(attempt.status, {"conditions": conditions})


def ended(
    attempt: Attempt[Learned],
    meta: ObjectMeta,
    settlement: Settlement,
    conditions: Conditions,
    now: datetime,
) -> Manifest:
    """The status after the attempt. The generation counts as observed only if it was dealt with;
    the reconcile request counts as handled in any case (flux.md 12 (3))."""
    conditions = _marked(attempt, conditions, meta, now)
    conditions = conclude(conditions, settlement, generation=meta.generation, now=now)
    news: dict[str, object] = {"conditions": conditions}
    if settlement.observed:
        news["observed_generation"] = meta.generation
    if token := meta.annotations.get(REQUESTED_AT):
        news["last_handled_reconcile_at"] = token
    return to_wire(attempt.status, news)


def to_wire(status: ApiModel, news: dict[str, object]) -> Manifest:
    """The status with some fields replaced, as JSON would have it."""
    changed = status.model_copy(update=news)
    wire: Manifest = changed.model_dump(mode="json", by_alias=True, exclude_none=True)
    return wire


def _marked(
    attempt: Attempt[Learned], conditions: tuple[Condition, ...], meta: ObjectMeta, now: datetime
) -> Conditions:
    for kind, mark in attempt.marks.items():
        if mark is None:
            conditions = drop(conditions, kind)
        else:
            conditions = put(conditions, kind, mark, generation=meta.generation, now=now)
    return conditions
