"""What a GitRepository takes over from others of its namespace, and where to (flux.md 2.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.git_repository import GitInclude, GitRepository, GitRepositoryStatus
from shared.artifact.archive import entries
from shared.artifact.error import ArtifactError
from shared.artifact.path import checked
from shared.artifact.tarball import Entry
from shared.manifest.identity import Manifest, section, text
from shared.problem import Problem
from shared.reconcile.failure import Stalled, Waiting
from source_controller.sparse import plain


class Watched(Protocol):
    """The GitRepositories of the cluster (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """One of them, as it was last seen."""


class Shelves(Protocol):
    """Where artifacts are stored (shared.artifact.storage.Storage)."""

    async def read(self, path: str, digest: str) -> bytes:
        """What is stored, if it is what the digest was made of. Raises ArtifactError."""


class InclusionProblem(Problem):
    """What is to be included cannot be copied to where it belongs."""


@dataclass(frozen=True, slots=True)
class WatchedIncludes:
    """Includes as the watched GitRepositories offer them. `pause`: how long to wait for one."""

    watched: Watched
    pause: timedelta

    def of(self, repo: GitRepository) -> tuple[Artifact, ...]:
        """The artifacts to include, in the order of the spec. Raises Stalled for a path that leads
        elsewhere, and Waiting where there is nothing to include yet, or never because of a
        circle."""
        for include in repo.spec.include:
            _refuse_illegal(include)
        if circle := self._circle(repo.metadata.namespace, (repo.metadata.name,)):
            raise self._unavailable(
                "NoArtifact", f"includes go round in a circle: {' → '.join(circle)}"
            )
        return tuple(
            self._artifact(repo.metadata.namespace, include.repository.name)
            for include in repo.spec.include
        )

    def _artifact(self, namespace: str, name: str) -> Artifact:
        manifest = self.watched.find(namespace, name)
        if manifest is None:
            message = f"could not get resource for include '{name}': it is not in '{namespace}'"
            raise self._unavailable("NotFound", message)
        status = GitRepositoryStatus.model_validate(section(manifest, "status"))
        if status.artifact is None:
            raise self._unavailable("NoArtifact", f"no artifact available for include '{name}'")
        return status.artifact

    def _unavailable(self, reason: str, message: str) -> Waiting:
        return Waiting(reason, message, self.pause, condition="IncludeUnavailable")

    def _circle(self, namespace: str, start: tuple[str, ...]) -> tuple[str, ...]:
        """The way from an object to itself along includes, if there is one."""
        ahead, seen = [start], set[str]()
        while ahead:
            way = ahead.pop()
            for name in included_by(self.watched.find(namespace, way[-1]) or {}):
                if name == start[0]:
                    return (*way, name)
                if name not in seen:
                    seen.add(name)
                    ahead.append((*way, name))
        return ()


def included_by(manifest: Mapping[str, object]) -> list[str]:
    """The names of the GitRepositories that one includes."""
    listed = section(dict(manifest), "spec").get("include")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [text(section(one, "repository"), "name") for one in found]


def destination(include: GitInclude) -> str:
    """Where an include is copied to: a path from the root of the artifact."""
    return plain(include.to_path or include.repository.name)


async def copied(
    store: Shelves, namespace: str, include: GitInclude, artifact: Artifact
) -> dict[str, Entry]:
    """The files of an include by their new paths. Raises InclusionProblem."""
    name, source = include.repository.name, plain(include.from_path)
    try:
        data = await _read(store, f"gitrepository/{namespace}/{name}/", artifact)
        files = {
            _moved(entry.path, source, destination(include)): entry
            for entry in await asyncio.to_thread(entries, data)
            if not source or entry.path == source or entry.path.startswith(f"{source}/")
        }
    except ArtifactError as fault:
        raise _not_copied(include, str(fault)) from None
    if source and not files:
        raise _not_copied(include, f"the artifact has no file at '{source}'")
    return files


def collision(include: GitInclude) -> InclusionProblem:
    """There is something already where an include is to go."""
    return _not_copied(include, "there is something there already")


async def _read(store: Shelves, directory: str, artifact: Artifact) -> bytes:
    """The archive, if it is the one that its status says, of the object that it belongs to."""
    if not artifact.path.startswith(directory):
        raise ArtifactError(f"{artifact.path[:300]!r} is not its artifact")
    return await store.read(artifact.path, artifact.digest)


def _moved(path: str, source: str, target: str) -> str:
    rest = path[len(source) :].lstrip("/")
    return f"{target}/{rest}" if rest else target


def _refuse_illegal(include: GitInclude) -> None:
    for field, path in (
        ("toPath", destination(include)),
        ("fromPath", plain(include.from_path) or "x"),
    ):
        try:
            checked(path)
        except ArtifactError:
            message = (
                f"path calculation for include '{include.repository.name}' failed: {field} has to "
                "be a directory within the artifact"
            )
            raise Stalled("IllegalPath", message, condition="StorageOperationFailed") from None


def _not_copied(include: GitInclude, why: str) -> InclusionProblem:
    return InclusionProblem(
        f"failed to copy '{include.repository.name}' include from {include.from_path or '.'} to "
        f"{include.to_path or include.repository.name}: {why}"
    )
