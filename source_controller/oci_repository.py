"""The story of an OCIRepository: look at the registry, and offer what is new there.

What is on offer stays on offer, whatever fails here: it is only ever replaced by the next one that
was verified, pulled and stored without an error (reliability-security.md I4).
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, ExitStack, closing
from dataclasses import dataclass
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.oci_repository import OciRepository, OciRepositorySpec, OciRepositoryStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Mark
from shared.reconcile.settlement import Ready
from source_controller.oci.content import content_of
from source_controller.oci.layer import Layer
from source_controller.oci.twin import Twin
from source_controller.oci.upstream import Found
from source_controller.oci.verification import Verdict
from source_controller.shelf import Content
from source_controller.upkeep import (
    Shelf,
    is_new,
    is_recovery,
    tell_of,
    tended,
    withdrawn,
)

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
"""The annotations in which an artifact names its origin."""

FAILURES = ("FetchFailed", "StorageOperationFailed")
OWNED = frozenset(
    {
        "ArtifactInStorage",
        "ArtifactOutdated",
        "FetchFailed",
        "SourceVerified",
        "StorageOperationFailed",
    }
)
"""The conditions of this kind beside Ready, Reconciling and Stalled."""


class Upstream(Protocol):
    """The registry that a repository is in."""

    async def look(self, repo: OciRepository) -> Found:
        """What is wanted of it, as it is now. Raises Failure or a Problem."""

    async def see(self, repo: OciRepository, found: Found) -> None:
        """Make sure that what was found may be had. Raises Failure or a Problem."""

    async def pull(self, repo: OciRepository, found: Found) -> Layer:
        """The layer that is wanted of what was found. Raises Failure or a Problem."""


class Twins(Protocol):
    """Other objects, that may want the same of the same registry (source_controller.oci.twin)."""

    def of(self, repo: OciRepository, found: Found) -> AbstractAsyncContextManager[Twin]:
        """What was made of the same for another one."""


class Signatures(Protocol):
    """Those who are trusted to sign."""

    async def of(self, repo: OciRepository, found: Found) -> Verdict | None:
        """Whether one of them signed what was found; None where there is nothing new to verify."""


@dataclass(frozen=True, slots=True)
class OciRepositoryReconciler:
    """Brings an OCIRepository's artifact to what its registry has."""

    upstream: Upstream
    signatures: Signatures
    twins: Twins
    shelf: Shelf

    async def reconcile(self, repo: OciRepository, attempt: Attempt[OciRepositoryStatus]) -> Ready:
        """Look at the registry; verify, pull, store and offer what is new."""
        await self._tend(repo, attempt)
        doing = "looking for a new upstream revision"
        async with attempt.stage(doing, "OCIArtifactPullFailed", condition="FetchFailed"):
            found = await self.upstream.look(repo)
        _mark_outdated(repo, attempt, found)
        await self._verify(repo, attempt, found)
        if is_current(attempt.status, repo.spec, found.revision):
            _tell_nothing_new(repo, attempt, found)
        else:
            await self._renew(repo, attempt, found)
        stored = f"stored artifact for digest '{found.revision}'"
        attempt.unmark("ArtifactOutdated")
        attempt.mark("ArtifactInStorage", Mark("True", "Succeeded", stored))
        return Ready("Succeeded", stored)

    async def finalize(self, repo: OciRepository, attempt: Attempt[OciRepositoryStatus]) -> None:
        """Remove what was stored."""
        await withdrawn(self.shelf, repo.metadata, attempt)

    async def _tend(self, repo: OciRepository, attempt: Attempt[OciRepositoryStatus]) -> None:
        """See what is on offer."""
        kept = await tended(self.shelf, repo.status.artifact, attempt)
        url = await self.shelf.newest(repo.metadata) if kept.artifact else ""
        attempt.record(OciRepositoryStatus(artifact=kept.artifact, url=url))

    async def _verify(
        self, repo: OciRepository, attempt: Attempt[OciRepositoryStatus], found: Found
    ) -> None:
        """See that the right people signed what was found, where the spec asks for that."""
        if repo.spec.verify is None:
            attempt.unmark("SourceVerified")
        elif verdict := await self.signatures.of(repo, found):
            if verdict.mark is None:
                attempt.unmark("SourceVerified")
            else:
                attempt.mark("SourceVerified", verdict.mark)
            if verdict.failure:
                raise verdict.failure

    async def _renew(
        self, repo: OciRepository, attempt: Attempt[OciRepositoryStatus], found: Found
    ) -> None:
        """Offer what was found in place of what is on offer."""
        async with self.twins.of(repo, found) as twin:
            new = twin.made = await self._made(repo, attempt, found, twin.content)
        attempt.record(observed(repo.spec, new, await self.shelf.newest(repo.metadata)))
        if is_new(repo.status.artifact, new):
            _tell(repo, attempt, "NewArtifact", new)
        elif is_recovery(repo.status.conditions, FAILURES):
            _tell(repo, attempt, "Succeeded", new)

    async def _made(
        self,
        repo: OciRepository,
        attempt: Attempt[OciRepositoryStatus],
        found: Found,
        content: Content | None,
    ) -> Artifact:
        """What is offered of what was found: of the content that was made for another one or,
        without it, of the layer that is wanted."""
        doing = f"building artifact: {_news(repo, attempt.status.artifact, found)}"
        with ExitStack() as held:
            async with attempt.stage(doing, "OCIArtifactPullFailed", condition="FetchFailed"):
                if content is not None:
                    await self.upstream.see(repo, found)
                else:
                    layer = held.enter_context(closing(await self.upstream.pull(repo, found)))
                    content = content_of(repo, found, layer)
            reason, condition = "ArchiveOperationFailed", "StorageOperationFailed"
            async with attempt.stage(doing, reason, condition=condition):
                return await self.shelf.put(repo.metadata, content)


def is_current(status: OciRepositoryStatus, spec: OciRepositorySpec, revision: str) -> bool:
    """Whether what is on offer was made of a revision, in the way that the spec wants it."""
    return (
        status.artifact is not None
        and status.artifact.revision == revision
        and status.observed_ignore == spec.ignore
        and status.observed_layer_selector == spec.layer_selector
    )


def observed(spec: OciRepositorySpec, artifact: Artifact, url: str) -> OciRepositoryStatus:
    """What is to be remembered of an artifact: it, and what it was made with."""
    return OciRepositoryStatus(
        artifact=artifact,
        url=url,
        observed_ignore=spec.ignore,
        observed_layer_selector=spec.layer_selector,
    )


def _mark_outdated(
    repo: OciRepository, attempt: Attempt[OciRepositoryStatus], found: Found
) -> None:
    """Say so where something else is on offer; it may be that what is new is not signed."""
    on_offer = attempt.status.artifact
    if on_offer is not None and on_offer.revision != found.revision:
        mark = Mark("True", "NewRevision", _news(repo, on_offer, found))
        attempt.mark("ArtifactOutdated", mark)


def _news(repo: OciRepository, old: Artifact | None, found: Found) -> str:
    """Why an artifact is built."""
    if old is None and repo.status.artifact is not None:
        return "disappeared from storage"
    if old is not None and old.revision == found.revision:
        return "the configuration has changed"
    return f"new revision '{found.revision}' for '{found.location}'"


def _tell_nothing_new(
    repo: OciRepository, attempt: Attempt[OciRepositoryStatus], found: Found
) -> None:
    message = f"artifact up-to-date with remote revision: '{found.revision}'"
    attempt.tell("ArtifactUpToDate", message, severity="trace")
    if attempt.status.artifact and is_recovery(repo.status.conditions, FAILURES):
        _tell(repo, attempt, "Succeeded", attempt.status.artifact)


def _tell(
    repo: OciRepository, attempt: Attempt[OciRepositoryStatus], reason: str, artifact: Artifact
) -> None:
    message = f"stored artifact with revision '{artifact.revision}' from '{repo.spec.url}'"
    source, revision = artifact.metadata.get(SOURCE), artifact.metadata.get(REVISION)
    if source and revision:
        message += f", origin source '{source}', origin revision '{revision}'"
    tell_of(attempt, artifact, reason, message)
