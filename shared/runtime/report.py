"""The status of an object, as an attempt leaves it or passes through it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.parsing import MalformedObject, Outline, parse
from shared.manifest.identity import Manifest, section
from shared.reconcile.attempt import Attempt, Note, Severity
from shared.reconcile.condition import Conditions, drop, find, put
from shared.reconcile.failure import Failure, Stalled, Waiting
from shared.reconcile.settlement import Outcome, Settlement, conclude, progress, settle
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


def refused(seen: Manifest, fault: MalformedObject, now: datetime) -> Manifest:
    """The status of an object that does not have the shape of its kind: Stalled, with what is
    wrong. What else the status says stays. Raises MalformedObject where not even its name and
    generation can be read."""
    outline = parse(Outline, seen)
    meta = outline.metadata
    settlement = settle(Stalled("InvalidSpec", str(fault)), timedelta(0), None)
    conditions = conclude(
        outline.status.conditions, settlement, generation=meta.generation, now=now
    )
    said: dict[str, object] = {
        "conditions": conditions,
        "observed_generation": meta.generation,
        "last_handled_reconcile_at": meta.annotations.get(
            REQUESTED_AT, outline.status.last_handled_reconcile_at
        ),
    }
    return section(seen, "status") | to_wire(outline.status, said)


def news(attempt: Attempt[Learned], outcome: Outcome, before: Conditions) -> list[Note]:
    """The events of an attempt: what it said itself, and its ending where that is news. A failure
    always is; being Ready is news only after a failure, unless the attempt told so itself. Waiting
    alarms nobody: it becomes a Kubernetes Event and never a notification (flux.md 2.3 (6)). What
    has been told is not told again."""
    notes = attempt.notes
    if isinstance(outcome, Failure) and outcome.told:
        return list(notes)
    if isinstance(outcome, Failure):
        severity: Severity = "trace" if isinstance(outcome, Waiting) else "error"
        return [*notes, Note(severity, outcome.reason, outcome.message, attempt.about)]
    ready = find(before, "Ready")
    is_told = any(note.severity != "trace" for note in notes)
    if ready is not None and ready.status == "False" and not is_told:
        return [*notes, Note("info", outcome.reason, outcome.message, attempt.about)]
    return list(notes)


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
