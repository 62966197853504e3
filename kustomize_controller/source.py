"""Where the artifact of a Kustomization comes from: its source object, and the download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from kustomize_controller.generation import directory_of
from kustomize_controller.limit import retry_after
from kustomize_controller.problem import KustomizationProblem
from shared.api import duration
from shared.api.artifact import Artifact
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.api.reference import SourceReference
from shared.api.source import SourceObject
from shared.artifact.error import ArtifactAway, ArtifactNotFound
from shared.cluster.client import Client
from shared.cluster.error import NoSuchKind, NotFound
from shared.manifest.identity import Kind, Manifest, Ref
from shared.manifest.tree import Tree
from shared.reconcile.condition import find
from shared.reconcile.failure import Waiting

SOURCES = "source.toolkit.fluxcd.io/v1"
GIT_REPOSITORY = Kind.parse(SOURCES, "GitRepository")
OTHERS = tuple(
    Kind.parse(SOURCES, kind) for kind in ("OCIRepository", "Bucket", "ExternalArtifact")
)
"""The kinds of source that may not be installed."""


class Watched(Protocol):
    """A kind of source that is watched (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""

    def is_synced(self) -> bool:
        """Whether all objects have been seen, and the watch is not known to be blind."""


class Trees(Protocol):
    """Where artifacts are downloaded (shared.artifact.download.Downloads)."""

    async def tree(self, artifact: Artifact) -> Tree:
        """The files of an artifact. Raises ArtifactNotFound, ArtifactError."""


@dataclass(frozen=True, slots=True)
class ClusterSources:
    """Sources in the cluster. `watched`: the kinds that are watched; others are asked for, and
    those too whose watch does not see.

    Only whether there is an artifact counts: a source that fails to fetch keeps serving what it
    has (flux.md 12 (39)).
    """

    client: Client
    watched: Mapping[Kind, Watched]
    requeue: timedelta

    async def artifact_of(self, ks: Kustomization) -> Artifact:
        """What the source offers now. Raises Waiting where it, or its artifact, is not there."""
        ref = source_of(ks)
        source = parse(SourceObject, await self._find(ref, ks))
        if source.status.artifact is None:
            raise Waiting(
                "ArtifactFailed",
                f"{ref} has no artifact yet, looking again in {duration.format(self.requeue)}",
                self.requeue,
            ).as_told()
        return source.status.artifact

    async def _find(self, ref: Ref, ks: Kustomization) -> Manifest:
        try:
            cache = self.watched.get(ref.gvk)
            if cache is not None and cache.is_synced():
                found = cache.find(ref.namespace, ref.name)
            else:
                found = await self.client.get(ref)
        except NotFound:
            found = None
        except NoSuchKind:
            raise Waiting(
                "ArtifactFailed",
                f"{ref} cannot be there: the cluster does not know the kind {ref.gvk}. Is its "
                "controller installed?",
                retry_after(ks),
            ) from None
        if found is None:
            raise Waiting("ArtifactFailed", f"{ref} not found", retry_after(ks))
        return found


@dataclass(frozen=True, slots=True)
class DownloadedArtifacts:
    """Artifacts by way of their URLs."""

    downloads: Trees
    requeue: timedelta

    async def tree(self, ks: Kustomization, artifact: Artifact) -> Tree:
        """The files of an artifact, which have to have `spec.path` among them."""
        try:
            tree = await self.downloads.tree(artifact)
        except ArtifactNotFound:
            soon = duration.format(self.requeue)
            raise Waiting(
                "ArtifactFailed",
                f"the artifact of {source_of(ks)} is not there (yet), looking again in {soon}",
                self.requeue,
            ).as_told() from None
        except ArtifactAway as away:
            raise _away(ks, away) from None
        directory = directory_of(ks.spec.path)
        if directory and not tree.is_directory(directory):
            raise KustomizationProblem(
                f"spec.path: {ks.spec.path!r} is no directory of {source_of(ks)} at revision "
                f"{artifact.revision}"
            )
        return tree


def _away(ks: Kustomization, away: ArtifactAway) -> Waiting:
    """A worker has more to do than to wait for a server that is away. Where it has been away for
    long, an alarm is given: once, however often it is looked at again."""
    if not away.lasting:
        return Waiting("ArtifactFailed", str(away), away.pause)
    message = f"{away}; it is asked again from time to time"
    found = Waiting("ArtifactFailed", message, away.pause)
    ready = find(ks.status.conditions, "Ready")
    is_known = ready is not None and (ready.status, ready.message) == ("False", message)
    return found if is_known else found.as_alarm()


def source_of(ks: Kustomization) -> Ref:
    """The source that a Kustomization names."""
    return named_source(ks.spec.source_ref, ks.metadata.namespace)


def named_source(reference: SourceReference, namespace: str) -> Ref:
    """The source that is meant by a reference within a namespace."""
    kind = Kind.parse(reference.api_version or SOURCES, reference.kind)
    return Ref(
        kind.group, kind.kind, reference.namespace or namespace, reference.name, kind.version
    )
