"""One attempt at bringing one object to its spec: its stages, and what it learns on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from shared.api.meta import ApiModel
from shared.problem import Problem
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Retryable

Status = TypeVar("Status", bound=ApiModel)
Severity = Literal["trace", "info", "error"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth an event: `metadata` keys are bare (`revision`), the group is added later."""

    severity: Severity
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)


class Journal(Protocol):
    """Where an attempt is written down while it runs. The worker's; a fake's in tests."""

    def announce(self, doing: str) -> None:
        """Say what is going on now; written to the object only where it lasts."""

    async def persist(self, attempt: Attempt[Status]) -> None:
        """Write what was recorded so far to the object, before going on."""


class Attempt(Generic[Status]):
    """What a story may say while it runs. The worker writes it down, whatever the ending.

    `status` is the object's own status plus all that was recorded; `marks` are conditions of the
    kind (None: to be taken off); `notes` become events.
    """

    def __init__(self, status: Status, journal: Journal) -> None:
        self.status = status
        self.marks: dict[str, Mark | None] = {}
        self.notes: list[Note] = []
        # What every event of the attempt is about, whoever emits it: the revision, mostly.
        self.about: dict[str, str] = {}
        # The stage that is under way: what a time limit that strikes now is blamed on.
        self.doing = self.reason = self.condition = ""
        self._journal = journal

    def record(self, learned: Status) -> None:
        """Keep the fields set in `learned`; they are written whatever becomes of the attempt."""
        news = {name: getattr(learned, name) for name in learned.model_fields_set}
        self.status = self.status.model_copy(update=news)

    async def persist(self, learned: Status) -> None:
        """Keep the fields set in `learned` and write them before anything else happens."""
        self.record(learned)
        await self._journal.persist(self)

    def mark(self, condition: str, mark: Mark) -> None:
        """Set a condition of the kind, such as ArtifactInStorage or Healthy."""
        self.marks[condition] = mark

    def unmark(self, *conditions: str) -> None:
        """Take conditions of the kind off."""
        self.marks.update(dict.fromkeys(conditions))

    def concern(self, **about: str) -> None:
        """Say what every later event of this attempt is about, such as `revision`; that of a
        failure too. An empty value says nothing."""
        self.about.update({key: value for key, value in about.items() if value})

    def tell(
        self, reason: str, message: str, *, severity: Severity = "info", **metadata: str
    ) -> None:
        """Emit an event about the object when the attempt is written down."""
        self.notes.append(Note(severity, reason, message, {**self.about, **metadata}))

    @asynccontextmanager
    async def stage(self, doing: str, reason: str, *, condition: str = "") -> AsyncIterator[None]:
        """Say what is going on; a Problem inside becomes Ready=False with `reason`, and raises the
        abnormal condition `condition` where one is named; success takes that condition off."""
        self.doing, self.reason, self.condition = doing, reason, condition
        self._journal.announce(doing)
        try:
            yield
        except Problem as problem:
            raise Retryable(reason, str(problem), condition=condition) from problem
        if condition:
            self.unmark(condition)
