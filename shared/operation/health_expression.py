"""Health by the owner's own expressions: `spec.healthCheckExprs` (reference flux.md 1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.api.health import HealthExpressions
from shared.manifest.expression import Expression, ExpressionError, checked, parsed
from shared.manifest.identity import Kind, Manifest, kind_of
from shared.manifest.readiness import generation_behind, health_of
from shared.manifest.verdict import Readiness, State, in_progress
from shared.reconcile.failure import Stalled

Subject = tuple[str, str]
"""An API group and a kind; an empty kind: the whole group."""

Question = tuple[State, Expression]
"""The state of an object for which an expression is true."""


@dataclass(frozen=True, slots=True)
class HealthRules:
    """How objects are judged: by the expressions for their kind, by those for their group, or else
    as kstatus sees them. The version of the API does not count."""

    questions: Mapping[Subject, tuple[Question, ...]] = field(default_factory=dict)

    def judge(self, manifest: Manifest, now: datetime) -> Readiness:
        """The state of an object. Where an expression has no answer the state is Unknown, which is
        waited out: what it asks for may yet appear."""
        own = self._own(manifest)
        if own is None:
            return health_of(manifest, now)
        return generation_behind(manifest) or _answer(own, manifest)

    def covers(self, manifest: Manifest) -> bool:
        """Whether there are expressions for the kind of an object."""
        return self._own(manifest) is not None

    def _own(self, manifest: Manifest) -> tuple[Question, ...] | None:
        kind = kind_of(manifest)
        return self.questions.get((kind.group, kind.kind)) or self.questions.get((kind.group, ""))


def health_rules(entries: Sequence[HealthExpressions]) -> HealthRules:
    """The rules that `spec.healthCheckExprs` makes. Those are read for their grammar only, as in
    Flux. Raises Stalled for an expression that cannot be read, and for
    two entries about the same."""
    found: dict[Subject, tuple[Question, ...]] = {}
    for index, entry in enumerate(entries):
        place = f"spec.healthCheckExprs[{index}]"
        subject = (Kind.parse(entry.api_version, entry.kind).group, entry.kind)
        if subject in found:
            about = f"kind {entry.kind}" if entry.kind else "the other kinds"
            where = f" of group {subject[0]}" if subject[0] else ""
            raise Stalled(
                "InvalidCELExpression", f"{place}: there is an entry for {about}{where} already"
            )
        found[subject] = _questions(entry, place)
    return HealthRules(found)


def ready_expression(text: str, index: int) -> Expression | None:
    """What one of `spec.dependsOn` asks of its dependency; None where it asks nothing of its own.
    It has to be true or false whatever it is asked. Raises Stalled where it cannot be read."""
    if not text:
        return None
    place = f"spec.dependsOn[{index}].readyExpr"
    try:
        return checked(text, place=place, variables=("self", "dep"))
    except ExpressionError as error:
        raise Stalled("InvalidCELExpression", str(error)) from error


def _questions(entry: HealthExpressions, place: str) -> tuple[Question, ...]:
    """In the order in which they are asked."""
    asked: tuple[tuple[State, str, str], ...] = (
        ("InProgress", "inProgress", entry.in_progress),
        ("Failed", "failed", entry.failed),
        ("Current", "current", entry.current),
    )
    try:
        return tuple(
            (state, parsed(text, place=f"{place}.{name}"))
            for state, name, text in asked
            if text or name == "current"
        )
    except ExpressionError as error:
        raise Stalled("InvalidCELExpression", str(error)) from error


def _answer(questions: tuple[Question, ...], manifest: Manifest) -> Readiness:
    # An expression names the fields of the object at its root: status, spec, metadata and others.
    try:
        for state, expression in questions:
            if expression.is_true(manifest):
                return Readiness(
                    state, "", "" if state == "Current" else f"HealthCheckExprs{state}"
                )
    except ExpressionError as error:
        return Readiness("Unknown", str(error), "HealthCheckExprsError")
    return in_progress("HealthCheckExprsInProgress", "")
