"""The sources of a generator: what they offer, and the files of it."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Protocol

from shared.api.artifact import Artifact
from shared.api.artifact_generator import ArtifactGenerator, GeneratorSource
from shared.api.parsing import MalformedObject, parse
from shared.api.source import SourceObject
from shared.artifact.counting import reported
from shared.artifact.error import ArtifactAway, ArtifactNotFound
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Kind, Manifest, Ref
from shared.reconcile.failure import Waiting
from source_controller.generator.material import Material
from source_controller.generator.spool import Spool

SOURCES = "source.toolkit.fluxcd.io/v1"
KEPT = 512 * 1024 * 1024
"""Bytes of files that are kept on the disk for the next generator of the same sources."""

Observed = Mapping[str, Artifact]
"""What the sources offer, by alias."""


class Client(Protocol):
    """The API server (shared.cluster.client.Client)."""

    async def get(self, ref: Ref) -> Manifest:
        """An object. Raises ClusterError."""


class Watched(Protocol):
    """A kind of source that is watched (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""

    def is_synced(self) -> bool:
        """Whether all objects have been seen, and the watch is not known to be blind."""


class Downloads(Protocol):
    """Where artifacts are fetched (shared.runtime.download.DownloadService)."""

    async def into(self, artifact: Artifact, file: IO[bytes]) -> None:
        """Write the artifact as it is stored to a file, checked. Raises ArtifactNotFound,
        ArtifactError."""


@dataclass(frozen=True, slots=True)
class ClusterSupply:
    """Sources in the cluster. `watched`: those kinds that are looked up in a watch; others are
    asked for. `pause`: how long to wait for a source that has nothing yet; `scratch`: a directory
    for their files."""

    client: Client
    watched: Mapping[Kind, Watched]
    downloads: Downloads
    pause: timedelta
    scratch: Path
    kept: Keep = field(default_factory=lambda: Keep())

    async def observe(self, generator: ArtifactGenerator) -> Observed:
        """What the sources offer now. Raises Waiting where one has nothing yet."""
        namespace = generator.metadata.namespace
        return {
            source.alias: await self._offer(source, source.namespace or namespace)
            for source in generator.spec.sources
        }

    async def fetch(self, observed: Observed) -> dict[str, Material]:
        """The files of sources, by alias. Raises Waiting where an artifact is not offered any more,
        or its server is away for a moment, and ArtifactError where it cannot be had."""
        return {alias: await self._material(artifact) for alias, artifact in observed.items()}

    async def _offer(self, source: GeneratorSource, namespace: str) -> Artifact:
        kind = Kind.parse(SOURCES, source.kind)
        ref = Ref(kind.group, kind.kind, namespace, source.name, kind.version)
        try:
            artifact = parse(SourceObject, await self._find(ref)).status.artifact
        except (ClusterError, MalformedObject) as problem:
            raise self._missing(f"unable to get source '{ref}': {problem}") from None
        if artifact is None:
            raise self._missing(f"source '{ref}' is not ready: it has no artifact yet")
        return artifact

    async def _find(self, ref: Ref) -> Manifest:
        cache = self.watched.get(ref.gvk)
        if cache is None or not cache.is_synced():
            return await self.client.get(ref)
        found = cache.find(ref.namespace, ref.name)
        if found is None:
            raise NotFound("not found", status=404)
        return found

    def _missing(self, problem: str) -> Waiting:
        return Waiting("SourceFetchFailed", f"get sources failed: {problem}", self.pause)

    async def _material(self, artifact: Artifact) -> Material:
        if material := self.kept.recall(artifact.digest):
            return material
        spool = await asyncio.to_thread(Spool, self.scratch)
        with await asyncio.to_thread(_file, self.scratch) as packed:
            await self._bring(artifact, packed)
            material = await asyncio.to_thread(Material.unpacked, packed, spool)
        self.kept.remember(artifact.digest, material)
        return material

    async def _bring(self, artifact: Artifact, packed: IO[bytes]) -> None:
        try:
            await self.downloads.into(artifact, packed)
        except ArtifactNotFound as problem:
            message = f"fetch sources failed: {problem}"
            raise Waiting("SourceFetchFailed", message, self.pause) from None
        except ArtifactAway as away:
            # A worker has more to do than to wait; what lasts is for somebody to know.
            if away.lasting:
                raise
            message = f"fetch sources failed: {away}"
            raise Waiting("SourceFetchFailed", message, away.pause) from None


def _file(scratch: Path) -> IO[bytes]:
    """A file without a name: an artifact is on the disk before it is looked into."""
    with reported("failed to keep an artifact on the disk"):
        return tempfile.TemporaryFile(dir=scratch)


class Keep:
    """The files of artifacts, by digest, as many as there is room for."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[str, Material] = OrderedDict()
        self._weight = 0

    def recall(self, digest: str) -> Material | None:
        """What is kept under a digest."""
        if digest in self._kept:
            self._kept.move_to_end(digest)
        return self._kept.get(digest)

    def remember(self, digest: str, material: Material) -> None:
        """Keep something, in place of what was not asked for the longest."""
        before = self._kept.pop(digest, None)
        self._kept[digest] = material
        self._weight += material.weight() - (before.weight() if before else 0)
        while self._kept and self._weight > self._most:
            _, old = self._kept.popitem(last=False)
            self._weight -= old.weight()


def digest_of(observed: Observed) -> str:
    """What sources offer, as one digest: Flux's, so that a takeover begins with what is there."""
    parts = [
        f"{alias}=[digest={one.digest},revision={one.revision},url={one.url}]"
        for alias, one in observed.items()
    ]
    return f"sha256:{hashlib.sha256('|'.join(sorted(parts)).encode()).hexdigest()}"
