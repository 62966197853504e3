"""Puts artifacts together and stores them. What has the same content as before stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from shared.api.artifact import Artifact
from shared.api.artifact_generator import ArtifactGenerator, GeneratedArtifact
from shared.api.external_artifact import ExternalArtifactStatus
from shared.api.meta import ObjectMeta
from shared.api.parsing import MalformedObject, parse
from shared.artifact.tarball import write
from shared.manifest.identity import Manifest, section
from source_controller.generator.copying import composed
from source_controller.generator.material import Material
from source_controller.generator.path_pattern import Demand
from source_controller.generator.problem import CompositionError
from source_controller.generator.product import Product, revised
from source_controller.generator.spool import Spool
from source_controller.generator.stage import Stage
from source_controller.generator.supply import Observed
from source_controller.shelf import Content, Shelf

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Watched(Protocol):
    """The ExternalArtifacts of the cluster (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """One of them, as it was last seen."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Makes products. `scratch`: a directory for files that no source has."""

    shelf: Shelf
    watched: Watched
    scratch: Path

    async def make(
        self,
        generator: ArtifactGenerator,
        demand: Demand,
        sources: Mapping[str, Material],
        observed: Observed,
    ) -> Product:
        """The product of a demand, stored. Raises CompositionError, which names the artifact, and
        ArtifactError."""
        name = demand.output.name
        try:
            spool = await asyncio.to_thread(Spool, self.scratch)
            stage = await asyncio.to_thread(composed, demand.output.copies, sources, spool)
        except CompositionError as problem:
            raise CompositionError(f"{name} build failed: {problem}") from None
        meta = ObjectMeta(name=name, namespace=generator.metadata.namespace)
        artifact = await self._stored(meta, stage)
        return Product(name, revised(artifact, demand.output, observed), demand.labels)

    async def is_whole(self, entry: GeneratedArtifact) -> bool:
        """Whether what an inventory lists is stored, and what it should be. What is not is removed.
        What is older is let go of. Raises Retryable where the store does not tell."""
        artifact = self._offered(entry.namespace, entry.name)
        if artifact is None or artifact.digest != entry.digest:
            return False
        kept = await self.shelf.keep(artifact)
        if kept.fault:
            log.warning("artifact.damaged", path=artifact.path, error=kept.fault)
        return kept.artifact is not None and kept.artifact.url == artifact.url

    async def discard(self, entry: GeneratedArtifact) -> None:
        """Remove all that was stored of an artifact. Raises ArtifactError."""
        await self.shelf.withdraw(ObjectMeta(name=entry.name, namespace=entry.namespace))

    async def _stored(self, meta: ObjectMeta, stage: Stage) -> Artifact:
        """The artifact of a content: the one that is on offer, where it has the same. Those before
        it are let go of; it stays until another has taken its place."""
        file = f"{await asyncio.to_thread(stage.digest)}.tar.gz"
        directory, offered = self.shelf.directory_of(meta), self._offered(meta.namespace, meta.name)
        if offered is not None and offered.path.startswith(f"{directory}/"):
            kept = await self.shelf.keep(offered)
            if kept.artifact is not None and offered.path == f"{directory}/{file}":
                return kept.artifact
        content = Content("", file, lambda sink: write(stage.entries(), sink))
        return await self.shelf.put(meta, content)

    def _offered(self, namespace: str, name: str) -> Artifact | None:
        found = self.watched.find(namespace, name) or {}
        try:
            return parse(ExternalArtifactStatus, section(found, "status")).artifact
        except MalformedObject:
            return None
