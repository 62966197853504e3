"""The index of a HelmRepository, on the other side: is it new, and can it be read (flux.md 2.7)."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Protocol

from shared.api.helm_repository import HelmRepository
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.helm.access import Access
from source_controller.helm.build import FETCH_FAILED
from source_controller.helm.index import index_of
from source_controller.helm.location import is_oci
from source_controller.helm.problem import (
    FetchProblem,
    HelmProblem,
    IndexProblem,
    InvalidCredential,
    InvalidUrl,
)
from source_controller.helm.repository import Indexes
from source_controller.shelf import Content


class Accesses(Protocol):
    """How repositories are talked to (source_controller.helm.access.SecretAccess)."""

    async def of(self, repo: HelmRepository) -> Access:
        """How one is. Raises HelmProblem."""


@dataclass(frozen=True, slots=True)
class Found:
    """The index that a repository has. `content`: what is to be stored; None where the revision is
    the one on offer."""

    revision: str
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class IndexUpstream:
    """Repositories over HTTP. `algorithm`: what revisions are digests by."""

    accesses: Accesses
    indexes: Indexes
    algorithm: str = "sha256"

    async def look(self, repo: HelmRepository, offered: str) -> Found:
        """The index, read only where its revision is not the one on offer. Raises Failure."""
        try:
            if is_oci(repo.spec.url):
                raise InvalidUrl("'oci' URL scheme cannot be used with 'default' type")
            raw = await self.indexes.raw(await self.accesses.of(repo))
            revision = await asyncio.to_thread(self._digest, raw)
            if revision == offered:
                return Found(revision)
            index = await asyncio.to_thread(index_of, raw)
        except HelmProblem as problem:
            raise _failure(problem) from None
        file = f"index-{revision.partition(':')[2]}.yaml"
        return Found(revision, Content(revision, file, index.write))

    def _digest(self, raw: bytes) -> str:
        return f"{self.algorithm}:{hashlib.new(self.algorithm, raw).hexdigest()}"


def _failure(problem: HelmProblem) -> Failure:
    match problem:
        case InvalidUrl():
            message = f"invalid Helm repository URL: {problem}"
            return Stalled("URLInvalid", message, condition=FETCH_FAILED)
        case InvalidCredential():
            return Retryable("AuthenticationFailed", str(problem), condition=FETCH_FAILED)
        case IndexProblem():
            message = f"failed to load Helm repository from index YAML: {problem}"
            return Retryable("IndexationFailed", message, condition=FETCH_FAILED)
        case FetchProblem():
            message = f"failed to fetch Helm repository index: {problem}"
            return Retryable("Failed", message, condition=FETCH_FAILED)
        case _:
            return Retryable("Failed", str(problem), condition=FETCH_FAILED)
