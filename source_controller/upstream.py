"""The remote of a GitRepository: who we are there, what we want of it, and what it has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.git_repository import GitRepository
from shared.git.credential import Credential
from shared.git.error import EmptyRepository, GitError, InvalidCredential
from shared.git.listing import Asker
from shared.git.location import redact
from shared.git.remote import Checkout
from shared.git.revision import Wish
from shared.reconcile.failure import Retryable
from source_controller.git_arrival import Askers
from source_controller.reference import revision_of, wish_of


class Credentials(Protocol):
    """What remotes are shown."""

    async def of(self, repo: GitRepository) -> Credential:
        """The credential for a repository's remote. Raises Failure."""


class Remotes(Protocol):
    """All remotes (shared.git.remote.Remotes)."""

    async def checkout(
        self, url: str, wish: Wish, credential: Credential, limit: timedelta, asker: Asker
    ) -> Checkout:
        """The commit that is wanted, with all its objects, by an answer of the remote that is new
        enough for the asker. Raises GitError."""

    async def relate(self, url: str, holder: str, inner: Collection[tuple[str, str]]) -> None:
        """Remember which remotes the commit of another one needs: those of its submodules."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a remote has: the revision, the first words of its commit's message, and its files.

    `included`: the artifacts of other repositories that are copied in beside them.
    """

    revision: str
    short: str
    checkout: Checkout
    included: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class GitUpstream:
    """Remotes that speak Git."""

    credentials: Credentials
    remotes: Remotes
    askers: Askers

    async def look(self, repo: GitRepository) -> Found:
        """What is wanted of the remote. Raises Failure, or GitError where it cannot be had."""
        credential = await self.credentials.of(repo)
        wish, asker = wish_of(repo.spec.ref), self.askers.of(repo)
        try:
            checkout = await self.remotes.checkout(
                repo.spec.url, wish, credential, repo.spec.timeout, asker
            )
        except EmptyRepository as problem:
            raise Retryable("EmptyGitRepository", str(problem), condition="FetchFailed") from None
        except InvalidCredential as problem:
            raise Retryable(
                "AuthenticationFailed",
                f"failed to configure authentication options: {problem}",
                condition="FetchFailed",
            ) from None
        except GitError as problem:
            raise GitError(
                "failed to checkout and determine revision: unable to clone "
                f"'{redact(repo.spec.url)}': {problem}"
            ) from None
        revision = revision_of(checkout.commit, repo.spec.ref)
        return Found(revision, checkout.commit.short or revision, checkout)
