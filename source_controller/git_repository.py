"""The story of a GitRepository: look at the remote, and offer what is new there.

What is on offer stays on offer, whatever fails here: it is only ever replaced by the next one that
was fetched, packed and stored without an error (reliability-security.md I4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.git_repository import GitRepository, GitRepositorySpec, GitRepositoryStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Mark
from shared.reconcile.settlement import Ready
from source_controller.upkeep import (
    Keeper,
    Remover,
    is_new,
    is_recovery,
    tell_of,
    tended,
    withdrawn,
)
from source_controller.upstream import Found
from source_controller.verification import Verdict

FAILURES = ("FetchFailed", "StorageOperationFailed")
OWNED = frozenset(
    {
        "ArtifactInStorage",
        "ArtifactOutdated",
        "FetchFailed",
        "IncludeUnavailable",
        "SourceVerified",
        "StorageOperationFailed",
    }
)
"""The conditions of this kind beside Ready, Reconciling and Stalled."""


class Upstream(Protocol):
    """The remote that a repository names."""

    async def look(self, repo: GitRepository) -> Found:
        """What is wanted of it, as it is now. Raises Failure or a Problem."""


class Shelf(Keeper, Remover, Protocol):
    """Where artifacts are stored and offered."""

    async def publish(self, repo: GitRepository, found: Found) -> Artifact:
        """Store and offer what was found. Raises Failure or a Problem."""


class Includes(Protocol):
    """What other GitRepositories offer to be included."""

    def of(self, repo: GitRepository) -> tuple[Artifact, ...]:
        """The artifacts, in the order of the spec. Raises Failure."""


class Signatures(Protocol):
    """Those who are trusted to sign."""

    async def of(self, repo: GitRepository, found: Found) -> Verdict | None:
        """Whether one of them signed what was found; None where there is nothing new to verify."""


@dataclass(frozen=True, slots=True)
class GitRepositoryReconciler:
    """Brings a GitRepository's artifact to what its remote has."""

    upstream: Upstream
    signatures: Signatures
    includes: Includes
    shelf: Shelf

    async def reconcile(self, repo: GitRepository, attempt: Attempt[GitRepositoryStatus]) -> Ready:
        """Look at the remote; store and offer what is new."""
        await self._tend(repo, attempt)
        doing = "looking for a new upstream revision"
        async with attempt.stage(doing, "GitOperationFailed", condition="FetchFailed"):
            found = await self.upstream.look(repo)
        await self._verify(repo, attempt, found)
        found = replace(found, included=self.includes.of(repo))
        attempt.unmark("IncludeUnavailable")
        if is_current(attempt.status, repo.spec, found):
            _tell_nothing_new(repo, attempt, found)
        else:
            await self._renew(repo, attempt, found)
        stored = f"stored artifact for revision '{found.revision}'"
        attempt.unmark("ArtifactOutdated")
        attempt.mark("ArtifactInStorage", Mark("True", "Succeeded", stored))
        return Ready("Succeeded", stored)

    async def finalize(self, repo: GitRepository, attempt: Attempt[GitRepositoryStatus]) -> None:
        """Remove what was stored."""
        await withdrawn(self.shelf, repo.metadata, attempt)

    async def _tend(self, repo: GitRepository, attempt: Attempt[GitRepositoryStatus]) -> None:
        """See what is on offer. What is broken or gone is said, and made anew from the remote."""
        kept = await tended(self.shelf, repo.status.artifact, attempt)
        attempt.record(GitRepositoryStatus(artifact=kept.artifact))

    async def _verify(
        self, repo: GitRepository, attempt: Attempt[GitRepositoryStatus], found: Found
    ) -> None:
        """See that the right people signed what was found, where the spec asks for that."""
        if repo.spec.verify is None:
            attempt.unmark("SourceVerified")
            attempt.record(GitRepositoryStatus(source_verification_mode=""))
        elif verdict := await self.signatures.of(repo, found):
            attempt.mark("SourceVerified", verdict.mark)
            if verdict.failure:
                raise verdict.failure
            attempt.record(GitRepositoryStatus(source_verification_mode=verdict.mode))
            attempt.tell("Succeeded", verdict.mark.message, severity="trace")

    async def _renew(
        self, repo: GitRepository, attempt: Attempt[GitRepositoryStatus], found: Found
    ) -> None:
        """Offer what was found in place of what is on offer."""
        old = attempt.status.artifact
        news = _news(repo, old, found)
        if old is not None and old.revision != found.revision:
            attempt.mark("ArtifactOutdated", Mark("True", "NewRevision", news))
        elif old is not None and not _are_same(attempt.status.included_artifacts, found.included):
            attempt.mark("ArtifactOutdated", Mark("True", "IncludeChange", news))
        doing = f"building artifact: {news}"
        async with attempt.stage(
            doing, "ArchiveOperationFailed", condition="StorageOperationFailed"
        ):
            new = await self.shelf.publish(repo, found)
        attempt.record(observed(repo.spec, new, found.included))
        # Whether there is something to tell is a matter of content: a commit that touches only
        # what is ignored moves the revision and nothing else (flux.md 12 (22)).
        if is_new(repo.status.artifact, new):
            _tell(attempt, "NewArtifact", found.short, new)
        elif is_recovery(repo.status.conditions, FAILURES):
            _tell(attempt, "Succeeded", found.short, new)


def is_current(status: GitRepositoryStatus, spec: GitRepositorySpec, found: Found) -> bool:
    """Whether what is on offer was made of what was found, in the way that the spec wants it."""
    artifact = status.artifact
    return (
        artifact is not None
        and artifact.revision == found.revision
        and _are_same(status.included_artifacts, found.included)
        and status.observed_ignore == spec.ignore
        and status.observed_recurse_submodules == spec.recurse_submodules
        and status.observed_include == spec.include
        and status.observed_sparse_checkout == spec.sparse_checkout
    )


def observed(
    spec: GitRepositorySpec, artifact: Artifact, included: tuple[Artifact, ...]
) -> GitRepositoryStatus:
    """What is to be remembered of an artifact: it, and what it was made with."""
    return GitRepositoryStatus(
        artifact=artifact,
        included_artifacts=included,
        observed_ignore=spec.ignore,
        observed_recurse_submodules=spec.recurse_submodules,
        observed_include=spec.include,
        observed_sparse_checkout=spec.sparse_checkout,
    )


def _news(repo: GitRepository, old: Artifact | None, found: Found) -> str:
    """Why an artifact is built."""
    if old is None and repo.status.artifact is not None:
        return "disappeared from storage"
    if old is not None and old.revision == found.revision:
        are_same = _are_same(repo.status.included_artifacts, found.included)
        return (
            "the configuration has changed"
            if are_same
            else "included artifacts differ from last observed includes"
        )
    return f"new upstream revision '{found.revision}'"


def _are_same(some: tuple[Artifact, ...], others: tuple[Artifact, ...]) -> bool:
    """Whether artifacts have the same content, wherever they are."""
    return [(one.revision, one.digest) for one in some] == [
        (one.revision, one.digest) for one in others
    ]


def _tell_nothing_new(
    repo: GitRepository, attempt: Attempt[GitRepositoryStatus], found: Found
) -> None:
    message = f"artifact up-to-date with remote revision: '{found.revision}'"
    attempt.tell("ArtifactUpToDate", message, severity="trace")
    if attempt.status.artifact and is_recovery(repo.status.conditions, FAILURES):
        _tell(attempt, "Succeeded", found.revision, attempt.status.artifact)


def _tell(
    attempt: Attempt[GitRepositoryStatus], reason: str, commit: str, artifact: Artifact
) -> None:
    tell_of(attempt, artifact, reason, f"stored artifact for commit '{commit}'")
