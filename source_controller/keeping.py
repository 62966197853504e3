"""Where this program keeps its artifacts, as the flags have it: on the local disk, which only the
leader serves from, or in a bucket, which every replica does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from shared.artifact.bucket_storage import BucketStorage
from shared.artifact.retention import Retention
from shared.artifact.server import MOST_AT_ONCE, ArtifactServer
from shared.artifact.storage import DiskStorage, Storage
from shared.artifact.store import Store
from shared.cloud.clouds import Clouds
from shared.cloud.error import CloudError
from shared.cloud.identity import PROCESS
from shared.cloud.web import WebService
from shared.object_store.error import AccessRefused
from shared.object_store.line import Line, Reach, opened
from shared.object_store.s3 import S3Bucket
from shared.object_store.s3_place import Place, place_of
from shared.reconcile.clock import Clock
from shared.runtime.clouds import clouds_of
from shared.runtime.controller import Runnable
from shared.runtime.site import Site
from source_controller.settings import SourceSettings


class BucketService:
    """The bucket of artifacts, over a line that `run` opens and closes. We are who our environment
    says: variables, a service account's role, the machine's."""

    def __init__(self, place: Place, clock: Clock, clouds: Clouds) -> None:
        self._place = place
        self._clock = clock
        self._clouds = clouds
        self._open = asyncio.Event()
        self._line: Line | None = None

    async def run(self) -> None:
        """Keep the line open until cancelled."""
        async with opened(Reach(), self._clock, MOST_AT_ONCE + 100) as line:
            self._line = line
            self._open.set()
            await asyncio.Event().wait()

    async def bucket(self) -> S3Bucket:
        """The bucket, with credentials that are good now. Raises AccessRefused where there are
        none."""
        await self._open.wait()
        if self._line is None:
            raise AssertionError("the line is open")
        try:
            credentials = await self._clouds.aws(PROCESS, self._place.region)
        except CloudError as problem:
            raise AccessRefused(f"there are no credentials for the bucket: {problem}") from None
        return S3Bucket(self._line, self._place, credentials)


@dataclass(frozen=True, slots=True)
class Keeping:
    """A storage, and what has to run for it; nothing for the local disk."""

    storage: Storage
    beside: tuple[Runnable, ...] = ()

    def as_leader(self, server: ArtifactServer) -> tuple[Runnable, ...]:
        """What runs where this replica is the leader."""
        return () if self.beside else (server,)

    def everywhere(self, server: ArtifactServer) -> tuple[Runnable, ...]:
        """What runs in every replica."""
        return (*self.beside, server) if self.beside else ()


def keeping_of(site: Site, settings: SourceSettings) -> Keeping:
    """Where artifacts are kept. Raises ObjectStoreError for a bucket that there cannot be."""
    retention = Retention(settings.artifact_retention_ttl, settings.artifact_retention_records)
    algorithm = settings.artifact_digest_algo
    if not settings.storage_bucket:
        store = Store(Path(settings.storage_path), site.clock, algorithm, retention)
        store.sweep()
        return Keeping(DiskStorage(store))
    web = WebService()
    service = BucketService(_place(settings), site.clock, clouds_of(site, web))
    prefix = settings.storage_bucket_prefix
    storage = BucketStorage(service.bucket, site.clock, algorithm, retention, prefix)
    return Keeping(storage, (web, service))


def _place(settings: SourceSettings) -> Place:
    return place_of(
        settings.storage_bucket_endpoint,
        settings.storage_bucket,
        settings.storage_bucket_region,
        insecure=settings.storage_bucket_insecure,
    )
