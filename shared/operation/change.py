"""What was done to which object: the change log of an attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeVar

from shared.api.meta import ApiModel
from shared.manifest.identity import Kind, Manifest, Ref, metadata
from shared.manifest.readiness import is_plain
from shared.reconcile.attempt import Attempt

Status = TypeVar("Status", bound=ApiModel)

Action = Literal["created", "configured", "unchanged", "deleted", "skipped"]

_OUTLINE = ("apiVersion", "kind", "metadata")
_NEWS = frozenset({"created", "configured", "deleted"})


@dataclass(frozen=True, slots=True)
class Change:
    """One object, and what was done to it. `why`: the fields that changed, and who moved them."""

    ref: Ref
    action: Action
    why: str = ""

    def __str__(self) -> str:
        return f"{self.ref} {self.action}" + (f": {self.why}" if self.why else "")


@dataclass(slots=True)
class ChangeLog:
    """Grows while objects are worked on, so that a failure half-way leaves what was done.

    `answers`: objects as the API server last showed them, as far as that tells how they are: with
    many objects all else would be a lot;
    `skips_are_news`: whether it is worth an event that an object was left alone; `remarks`: what
    else somebody should know, a sentence each; `passing`: hooks, which are not there to stay.
    """

    skips_are_news: bool = False
    remarks: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    passing: set[Ref] = field(default_factory=set)
    answers: dict[Ref, Manifest] = field(default_factory=dict)

    def add(
        self, ref: Ref, action: Action, answer: Manifest | None = None, *, why: str = ""
    ) -> None:
        """Write down what was done to an object, with the object as it is now."""
        self.changes.append(Change(ref, action, why))
        if answer is not None:
            self.answers[ref] = _telling(ref, answer)

    def applied(self) -> tuple[Ref, ...]:
        """The objects that are as they were built."""
        ours = ("created", "configured", "unchanged")
        return tuple(
            change.ref
            for change in self.changes
            if change.action in ours and change.ref not in self.passing
        )

    def deleted(self) -> tuple[Ref, ...]:
        """The objects that were asked to go, and were not made anew after that."""
        last = {change.ref: change.action for change in self.changes}
        return tuple(ref for ref, action in last.items() if action == "deleted")

    def touched(self) -> set[Ref]:
        """The objects that were looked at, whatever was done to them."""
        return {change.ref for change in self.changes}

    def news(self) -> Iterator[str]:
        """`Kind/namespace/name action: fields`, for each object that is not what it was."""
        told = _NEWS | {"skipped"} if self.skips_are_news else _NEWS
        return (str(change) for change in self.changes if change.action in told)

    def __bool__(self) -> bool:
        """Whether anything is not what it was."""
        return any(True for _ in self.news())

    def __str__(self) -> str:
        return "\n".join(self.news())


@dataclass(frozen=True, slots=True)
class Pruned:
    """What became of a prune. `unconfirmed`: objects that may still be there, and are still ours;
    `faults`: why, a sentence each."""

    unconfirmed: tuple[Ref, ...] = ()
    faults: tuple[str, ...] = ()


def _telling(ref: Ref, answer: Manifest) -> Manifest:
    """What of an object tells how it is."""
    if is_plain(ref):
        return there(ref) if "deletionTimestamp" not in metadata(answer) else _outline(answer)
    return {**answer, "metadata": _lean(answer)}


def _outline(answer: Manifest) -> Manifest:
    return {key: answer[key] for key in _OUTLINE if key in answer} | {"metadata": _lean(answer)}


def _lean(answer: Manifest) -> Manifest:
    return {key: value for key, value in metadata(answer).items() if key != "managedFields"}


def there(ref: Ref) -> Manifest:
    """All that tells how an object of a plain kind is, as long as it is there: nothing. One value
    for all of a kind: there are many."""
    return _there(ref.gvk)


@cache
def _there(kind: Kind) -> Manifest:
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}


@asynccontextmanager
async def told(attempt: Attempt[Status], changes: ChangeLog) -> AsyncIterator[None]:
    """Emit what was changed inside as an event, whether all of it or only a part was done."""
    try:
        yield
    finally:
        if changes:
            attempt.tell("Progressing", str(changes))
        if changes.remarks:
            attempt.tell("Progressing", "\n".join(changes.remarks))
