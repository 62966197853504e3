"""Pack, store, offer: how a commit becomes an artifact that others may fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.api.artifact import Artifact
from shared.api.git_repository import GitInclude, GitRepository, GitRepositorySpec
from shared.api.meta import ObjectMeta
from shared.artifact.piece import Pieces, Recall
from shared.artifact.storage import Write
from shared.artifact.tarball import Entry, Sink, write
from shared.git.error import GitError
from shared.git.tree import Content as Tree
from shared.reconcile.failure import Retryable
from source_controller.content import Files, entries_of, known
from source_controller.ignore import IgnoreError
from source_controller.inclusion import InclusionProblem, collision, copied, destination
from source_controller.overlay import Overlay, is_free
from source_controller.shelf import Content, Kept, Shelf
from source_controller.sparse import Sparse
from source_controller.submodule import Submodules
from source_controller.upstream import Found

KIND = "gitrepository"

Guest = tuple[GitInclude, dict[str, Entry]]


@dataclass(frozen=True, slots=True)
class Publication:
    """The artifacts of GitRepositories. `pieces`: of those that were packed last."""

    shelf: Shelf
    submodules: Submodules
    pieces: Pieces = field(default_factory=Pieces)

    async def keep(self, artifact: Artifact | None) -> Kept:
        """What is on offer, if it is still what its status says. Raises Retryable."""
        return await self.shelf.keep(artifact)

    async def publish(self, repo: GitRepository, found: Found) -> Artifact:
        """Pack a commit and store it. Raises ArtifactError where it cannot be stored, and Retryable
        where what is to be packed cannot be read."""
        file = f"{found.checkout.commit.id}.tar.gz"
        try:
            inner = await self.submodules.of(repo, found.checkout)
            guests = await self._guests(repo, found)
            packing = self._packing(repo.spec, found, inner, guests)
            return await self.shelf.put(repo.metadata, Content(found.revision, file, packing))
        except InclusionProblem as problem:
            raise Retryable(
                "CopyFailure", str(problem), condition="StorageOperationFailed"
            ) from None
        except GitError as problem:
            raise _unfit("GitOperationFailed", f"failed to read the commit: {problem}") from None
        except IgnoreError as problem:
            message = f"failed to load source ignore patterns from repository: {problem}"
            raise _unfit("SourceIgnoreError", message) from None

    async def withdraw(self, meta: ObjectMeta) -> bool:
        """Remove all artifacts of an object; whether there were any. Raises ArtifactError."""
        return await self.shelf.withdraw(meta)

    async def _guests(self, repo: GitRepository, found: Found) -> list[Guest]:
        """What is included, read and held until it is packed. Raises InclusionProblem."""
        namespace = repo.metadata.namespace
        return [
            (include, await copied(self.shelf.storage, namespace, include, artifact))
            for include, artifact in zip(repo.spec.include, found.included, strict=True)
        ]

    def _packing(
        self, spec: GitRepositorySpec, found: Found, inner: Mapping[str, Entry], guests: list[Guest]
    ) -> Write:
        """What writes the tarball."""

        def packed(tree: Tree, sink: Sink) -> None:
            files = _whole(Overlay(tree, inner), spec, guests)
            entries = entries_of(files, spec.ignore, packed=partial(known, files))
            write(entries, sink, Recall(self.pieces, tree.origin, tree.count))

        return lambda sink: found.checkout.read(lambda tree: packed(tree, sink))


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
