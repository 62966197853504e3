"""What the conditions of a release say together: Ready. Pure.

Of Remediated, TestSuccess and Released the one of the newest generation counts, and of several of
those the first; what was remediated is never ready (reference flux.md 5.3).
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.api.helm_release import HelmReleaseSpec
from shared.reconcile.condition import Conditions, Mark, find

Marks = Mapping[str, Mark | None]
"""Conditions that are about to be set, or (None) taken off."""


def marked(conditions: Conditions, marks: Marks, kind: str) -> Mark | None:
    """What a condition says, with what is about to be said of it."""
    if kind in marks:
        return marks[kind]
    found = find(conditions, kind)
    return Mark(found.status, found.reason, found.message) if found else None


def summary(
    spec: HelmReleaseSpec, conditions: Conditions, marks: Marks, generation: int
) -> Mark | None:
    """What Ready says; None where nothing is known yet."""
    best: tuple[int, Mark] | None = None
    for kind in _counting(spec):
        mark = marked(conditions, marks, kind)
        if mark is None:
            continue
        found = find(conditions, kind)
        of = generation if kind in marks or found is None else found.observed_generation or 0
        if best is None or of > best[0]:
            best = of, _verdict(kind, mark)
    return best[1] if best else None


def _counting(spec: HelmReleaseSpec) -> tuple[str, ...]:
    test = spec.test
    if test is not None and test.enable and not test.ignore_failures:
        return "Remediated", "TestSuccess", "Released"
    return "Remediated", "Released"


def _verdict(kind: str, mark: Mark) -> Mark:
    return Mark("False", mark.reason, mark.message) if kind == "Remediated" else mark
