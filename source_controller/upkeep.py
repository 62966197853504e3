"""What every source does with its artifact, whatever it is made of: look after it, and tell."""

from __future__ import annotations

from typing import Protocol, TypeVar

from shared.api.artifact import Artifact
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import is_true
from source_controller.shelf import Content, Kept

Status = TypeVar("Status", bound=ApiModel)


class Keeper(Protocol):
    """Looks after what is on offer."""

    async def keep(self, artifact: Artifact | None) -> Kept:
        """What is on offer, if it is still what it should be; what is too old is let go of."""


class Remover(Protocol):
    """Removes what was stored."""

    async def withdraw(self, meta: ObjectMeta) -> bool:
        """Remove all that was ever stored; whether there was anything. Raises a Problem."""


class Shelf(Keeper, Remover, Protocol):
    """Where the artifacts of a kind are stored and offered (source_controller.shelf.Shelf)."""

    async def put(self, meta: ObjectMeta, content: Content) -> Artifact:
        """Store and offer something new. Raises a Problem."""

    async def newest(self, meta: ObjectMeta) -> str:
        """The URL that leads to whatever is on offer."""


async def tended(shelf: Keeper, artifact: Artifact | None, attempt: Attempt[Status]) -> Kept:
    """See what is on offer. What is broken or gone is said, for it to be made anew."""
    kept = await shelf.keep(artifact)
    attempt.unmark("StorageOperationFailed")
    if kept.artifact is None:
        attempt.unmark("ArtifactInStorage")
    if kept.fault:
        message = f"failed to verify integrity of artifact: {kept.fault}"
        attempt.tell("ArtifactVerificationFailed", message, severity="error")
    if kept.collected:
        message = f"garbage collected {kept.collected} artifacts"
        attempt.tell("GarbageCollectionSucceeded", message, severity="trace")
    return kept


async def withdrawn(shelf: Remover, meta: ObjectMeta, attempt: Attempt[Status]) -> None:
    """Remove what was stored of an object that goes."""
    async with attempt.stage("removing artifacts", "GarbageCollectionFailed"):
        removed = await shelf.withdraw(meta)
    if removed:
        message = "garbage collected artifacts for deleted resource"
        attempt.tell("GarbageCollectionSucceeded", message, severity="trace")


def tell_of(attempt: Attempt[Status], artifact: Artifact, reason: str, message: str) -> None:
    """An event about an artifact."""
    attempt.tell(reason, message, revision=artifact.revision, digest=artifact.digest)


def is_new(old: Artifact | None, new: Artifact) -> bool:
    """Whether there is something to tell: that is a matter of content (flux.md 12 (22))."""
    return old is None or old.digest != new.digest


def is_recovery(conditions: tuple[Condition, ...], failures: tuple[str, ...]) -> bool:
    """Whether the last attempt failed at something that has now gone well."""
    return any(is_true(conditions, failure) for failure in failures)
