"""The Helm repositories that the cluster knows, as places that charts come from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.helm_repository import HelmRepository
from shared.api.parsing import MalformedObject, parse
from shared.artifact.error import ArtifactError
from shared.manifest.identity import Manifest, metadata, section, text
from source_controller.helm.access import Access, bare
from source_controller.helm.archive import Limits
from source_controller.helm.index import versions_in
from source_controller.helm.index_cache import IndexCache, Versions
from source_controller.helm.location import is_oci, normalised
from source_controller.helm.problem import HelmProblem, IndexProblem, InvalidUrl
from source_controller.helm.registry import RegistryRepository, Signatures
from source_controller.helm.remote import ChartSource
from source_controller.helm.repository import IndexedRepository, Indexes


class Watched(Protocol):
    """The HelmRepositories of the cluster (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All of them."""


class Accesses(Protocol):
    """How repositories are talked to (source_controller.helm.access.SecretAccess)."""

    async def of(self, repo: HelmRepository) -> Access:
        """How one is. Raises HelmProblem."""


class Storage(Protocol):
    """Where artifacts are kept (shared.artifact.storage.Storage)."""

    async def read(self, path: str, digest: str) -> bytes:
        """What is stored, if it is what the digest was made of. Raises ArtifactError."""

    async def size(self, path: str) -> int:
        """The bytes of a file. Raises ArtifactNotFound where it is not stored."""


@dataclass(frozen=True, slots=True)
class KnownRepositories:
    """Repositories by their object, or by their URL."""

    watched: Watched
    accesses: Accesses
    indexes: Indexes
    storage: Storage
    cache: IndexCache
    limits: Limits

    async def of(self, repo: HelmRepository, signatures: Signatures | None = None) -> ChartSource:
        """The repository of an object. `signatures`: who has to have signed what comes from it.
        Raises HelmProblem."""
        access = await self.accesses.of(repo)
        if repo.spec.is_registry and not is_oci(access.url):
            raise HelmProblem(f"invalid OCI registry URL: {access.url}")
        if repo.spec.is_registry:
            clock = self.indexes.web.clock
            return RegistryRepository(access, clock, signatures, self.limits.chart)
        artifact = repo.status.artifact
        look_up = self._stored(repo, artifact) if artifact else await self.indexes.looked_up(access)
        return IndexedRepository(access, self.indexes.web, look_up, self.limits.chart)

    async def at(self, url: str, namespace: str) -> ChartSource:
        """The repository at a URL: as a HelmRepository of the namespace has it, or else as anybody
        sees it. Raises HelmProblem."""
        if repo := self._known(url, namespace):
            return await self.of(repo)
        access = bare(url)
        if is_oci(url):
            return RegistryRepository(access, self.indexes.web.clock, most=self.limits.chart)
        look_up = await self.indexes.looked_up(access)
        return IndexedRepository(access, self.indexes.web, look_up, self.limits.chart)

    def _known(self, url: str, namespace: str) -> HelmRepository | None:
        """The HelmRepository of a URL, of several the first by name."""
        near = (one for one in self.watched.all() if _namespace(one) == namespace)
        fitting = [one for one in near if _is_at(one, url)]
        for manifest in sorted(fitting, key=lambda one: text(metadata(one), "name")):
            try:
                return parse(HelmRepository, manifest)
            except MalformedObject:
                continue
        return None

    def _stored(
        self, repo: HelmRepository, artifact: Artifact
    ) -> Callable[[str], Awaitable[Versions]]:
        """Looks charts up in the index on offer."""

        async def look_up(chart: str) -> Versions:
            known = self.cache.find(artifact.path)
            is_known = known is not None and chart in known
            self.cache.note(repo.metadata.name, repo.metadata.namespace, hit=is_known)
            if known is not None and is_known:
                return known[chart]
            try:
                written = await self.storage.read(artifact.path, artifact.digest)
            except ArtifactError as problem:
                raise IndexProblem(str(problem)) from None
            versions = await asyncio.to_thread(versions_in, written, chart)
            self.cache.put(artifact.path, chart, versions)
            return versions

        return look_up


def _namespace(manifest: Manifest) -> str:
    return text(metadata(manifest), "namespace")


def _is_at(manifest: Manifest, url: str) -> bool:
    try:
        return normalised(text(section(manifest, "spec"), "url")) == url
    except InvalidUrl:
        return False
