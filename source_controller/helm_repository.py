"""The story of a HelmRepository: look at its index, and offer what is new.

What is on offer stays on offer, whatever fails here (reliability-security.md I4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.helm_repository import HelmRepository, HelmRepositoryStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Mark
from shared.reconcile.settlement import Ready
from source_controller.helm.location import shown
from source_controller.helm.size import human
from source_controller.helm.upstream import Found
from source_controller.shelf import Content
from source_controller.upkeep import (
    Shelf,
    is_new,
    is_recovery,
    tell_of,
    tended,
    withdrawn,
)

FAILURES = ("FetchFailed", "StorageOperationFailed")
OWNED = frozenset({*FAILURES, "ArtifactInStorage", "ArtifactOutdated"})
"""The conditions of this kind beside Ready, Reconciling and Stalled."""


class Upstream(Protocol):
    """The other side."""

    async def look(self, repo: HelmRepository, offered: str) -> Found:
        """Its index; `offered` is the revision on offer. Raises Failure."""


class Lookups(Protocol):
    """What is known of indexes that were looked up."""

    def forget(self, name: str, namespace: str) -> None:
        """A repository is gone."""


@dataclass(frozen=True, slots=True)
class HelmRepositoryReconciler:
    """Brings a HelmRepository's artifact to what its index is."""

    upstream: Upstream
    shelf: Shelf
    lookups: Lookups

    async def reconcile(
        self, repo: HelmRepository, attempt: Attempt[HelmRepositoryStatus]
    ) -> Ready:
        """Look at the index; store and offer it where it is new."""
        kept = await tended(self.shelf, repo.status.artifact, attempt)
        url = await self.shelf.newest(repo.metadata) if kept.artifact else ""
        attempt.record(HelmRepositoryStatus(artifact=kept.artifact, url=url))
        async with attempt.stage("fetching the index", "Failed", condition="FetchFailed"):
            offered = kept.artifact.revision if kept.artifact else ""
            found = await self.upstream.look(repo, offered)
        if found.content:
            await self._renew(repo, attempt, found.content)
        elif kept.artifact:
            _tell_nothing_new(repo, attempt, kept.artifact)
        stored = f"stored artifact: revision '{found.revision}'"
        attempt.unmark("ArtifactOutdated")
        attempt.mark("ArtifactInStorage", Mark("True", "Succeeded", stored))
        return Ready("Succeeded", stored)

    async def finalize(self, repo: HelmRepository, attempt: Attempt[HelmRepositoryStatus]) -> None:
        """Remove what was stored."""
        self.lookups.forget(repo.metadata.name, repo.metadata.namespace)
        await withdrawn(self.shelf, repo.metadata, attempt)

    async def _renew(
        self, repo: HelmRepository, attempt: Attempt[HelmRepositoryStatus], content: Content
    ) -> None:
        """Offer a new index in place of the one on offer."""
        news = f"new index revision '{content.revision}'"
        if attempt.status.artifact is not None:
            attempt.mark("ArtifactOutdated", Mark("True", "NewRevision", news))
        async with attempt.stage(
            f"building artifact: {news}",
            "ArchiveOperationFailed",
            condition="StorageOperationFailed",
        ):
            new = await self.shelf.put(repo.metadata, content)
        url = await self.shelf.newest(repo.metadata)
        attempt.record(HelmRepositoryStatus(artifact=new, url=url))
        if is_new(repo.status.artifact, new):
            tell_of(attempt, new, "NewArtifact", _told(repo, new))
        elif is_recovery(repo.status.conditions, FAILURES):
            tell_of(attempt, new, "Succeeded", _told(repo, new))


def _tell_nothing_new(
    repo: HelmRepository, attempt: Attempt[HelmRepositoryStatus], artifact: Artifact
) -> None:
    message = f"artifact up-to-date with remote revision: '{artifact.revision}'"
    attempt.tell("ArtifactUpToDate", message, severity="trace")
    if is_recovery(repo.status.conditions, FAILURES):
        tell_of(attempt, artifact, "Succeeded", _told(repo, artifact))


def _told(repo: HelmRepository, artifact: Artifact) -> str:
    size = "unknown size" if artifact.size is None else f"size {human(artifact.size)}"
    return f"stored fetched index of {size} from '{shown(repo.spec.url)}'"
