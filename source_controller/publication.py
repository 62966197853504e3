"""Pack, store, offer: how a commit becomes an artifact that others may fetch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.git_repository import GitInclude, GitRepository, GitRepositorySpec
from shared.api.meta import ObjectMeta
from shared.artifact.error import ArtifactError, ArtifactNotFound, ArtifactUnreadable
from shared.artifact.store import Store
from shared.artifact.tarball import Entry, Sink
from shared.git.error import GitError
from shared.manifest.identity import Manifest, section, text
from shared.reconcile.clock import Clock
from shared.reconcile.failure import Retryable
from source_controller.content import Files, pack
from source_controller.ignore import IgnoreError
from source_controller.inclusion import InclusionProblem, collision, copied, destination
from source_controller.overlay import Overlay, is_free
from source_controller.sparse import Sparse
from source_controller.submodule import Submodules
from source_controller.upstream import Found

KIND = "gitrepository"
MOST_REMEMBERED = 10_000

Guest = tuple[GitInclude, dict[str, Entry]]


class Watched(Protocol):
    """The GitRepositories of the cluster (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """One of them, as it was last seen."""


class Address(Protocol):
    """Where artifacts are fetched from."""

    async def url(self, path: str) -> str:
        """The URL of the artifact at a path of the store."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the artifact that a status names. `artifact`: None where it is gone.

    `fault`: why what was stored could not be trusted. `collected`: how many older ones went.
    """

    artifact: Artifact | None
    fault: str = ""
    collected: int = 0


@dataclass(slots=True)
class Offers:
    """What the server may give out: what a status names, and what was stored a moment ago and will
    be named as soon as its status is written."""

    watched: Watched
    fresh: dict[str, None] = field(default_factory=dict)

    def offers(self, path: str) -> bool:
        """Whether the artifact at a path of the store is on offer."""
        if path in self.fresh:
            return True
        kind, _, rest = path.partition("/")
        namespace, _, name = rest.rpartition("/")[0].partition("/")
        found = self.watched.find(namespace, name) if kind == KIND and name else None
        artifact = section(section(found or {}, "status"), "artifact")
        return bool(path) and text(artifact, "path") == path

    def add(self, path: str) -> None:
        """Offer what was just stored."""
        self.fresh.pop(path, None)
        self.fresh[path] = None
        while len(self.fresh) > MOST_REMEMBERED:
            self.fresh.pop(next(iter(self.fresh)))

    def withdraw(self, directory: str) -> None:
        """Offer nothing of an object any more."""
        for path in [path for path in self.fresh if path.startswith(f"{directory}/")]:
            del self.fresh[path]


@dataclass(frozen=True, slots=True)
class Publication:
    """The artifacts of GitRepositories."""

    store: Store
    offers: Offers
    address: Address
    clock: Clock
    submodules: Submodules

    async def keep(self, repo: GitRepository) -> Kept:
        """Let go of older artifacts, and see whether the one on offer is what its status says. What
        is not is removed: nobody could use it. Raises Retryable where the disk does not tell."""
        artifact = repo.status.artifact
        if artifact is None:
            return Kept(None)
        try:
            collected = await asyncio.to_thread(self._tended, artifact)
        except ArtifactUnreadable as problem:
            raise Retryable(
                "ReadOperationFailed", str(problem), condition="StorageOperationFailed"
            ) from None
        except ArtifactNotFound:
            return Kept(None)
        except ArtifactError as problem:
            await asyncio.to_thread(self._discarded, artifact)
            return Kept(None, fault=str(problem))
        url = await self.address.url(artifact.path)
        return Kept(artifact.model_copy(update={"url": url}), collected=collected)

    async def publish(self, repo: GitRepository, found: Found) -> Artifact:
        """Pack a commit and store it. Raises ArtifactError where it cannot be stored, and Retryable
        where what is to be packed cannot be read."""
        path = f"{directory_of(repo.metadata)}/{found.checkout.commit.id}.tar.gz"
        try:
            inner = await self.submodules.of(repo, found.checkout)
            packing = await asyncio.to_thread(self._packing, repo, found, inner)
            stored = await asyncio.to_thread(self.store.put, path, packing)
        except InclusionProblem as problem:
            raise Retryable(
                "CopyFailure", str(problem), condition="StorageOperationFailed"
            ) from None
        except GitError as problem:
            raise _unfit("GitOperationFailed", f"failed to read the commit: {problem}") from None
        except IgnoreError as problem:
            message = f"failed to load source ignore patterns from repository: {problem}"
            raise _unfit("SourceIgnoreError", message) from None
        self.offers.add(path)
        return Artifact(
            digest=stored.digest,
            last_update_time=self.clock.now(),
            path=path,
            revision=found.revision,
            size=stored.size,
            url=await self.address.url(path),
        )

    async def withdraw(self, repo: GitRepository) -> bool:
        """Remove all artifacts of an object; whether there were any. Raises ArtifactError."""
        directory = directory_of(repo.metadata)
        self.offers.withdraw(directory)
        return await asyncio.to_thread(self.store.remove, directory)

    def _packing(
        self, repo: GitRepository, found: Found, inner: Mapping[str, Entry]
    ) -> Callable[[Sink], None]:
        """Writes the tarball. What is included is read before, and held until then."""
        spec, namespace = repo.spec, repo.metadata.namespace
        guests = [
            (include, copied(self.store, namespace, include, artifact))
            for include, artifact in zip(spec.include, found.included, strict=True)
        ]

        def write(sink: Sink) -> None:
            found.checkout.read(
                lambda files: pack(_whole(Overlay(files, inner), spec, guests), spec.ignore, sink)
            )

        return write

    def _tended(self, artifact: Artifact) -> int:
        self.store.verify(artifact.path, artifact.digest)
        # As in Flux, what cannot be collected now is collected another time.
        with suppress(ArtifactError):
            return len(self.store.collect(artifact.path))
        return 0

    def _discarded(self, artifact: Artifact) -> None:
        # A path that is not ours, or a disk that is read-only: it is not on offer any more.
        with suppress(ArtifactError):
            self.store.discard(artifact.path)


def directory_of(meta: ObjectMeta) -> str:
    """Where the artifacts of an object are, below the root of the store."""
    return f"{KIND}/{meta.namespace}/{meta.name}"


def _unfit(reason: str, message: str) -> Retryable:
    """The disk is fine; what came from the remote is not."""
    return Retryable(reason, message, condition="FetchFailed")


def _whole(files: Files, spec: GitRepositorySpec, guests: Sequence[Guest]) -> Files:
    """The files of the commit that the spec asks for, and those that are included. Raises
    InclusionProblem where one would be in the place of another."""
    whole: Files = Sparse(files, spec.sparse_checkout) if spec.sparse_checkout else files
    for include, added in guests:
        if not is_free(destination(include), whole):
            raise collision(include)
        whole = Overlay(whole, added)
    return whole
