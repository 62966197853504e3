"""Where the artifacts of one kind are kept and offered, whatever they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.meta import ObjectMeta
from shared.artifact.error import ArtifactError, ArtifactNotFound, ArtifactUnreadable
from shared.artifact.storage import Storage, Write
from shared.reconcile.clock import Clock
from shared.reconcile.failure import Retryable
from source_controller.offer import NEWEST, Offers


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


@dataclass(frozen=True, slots=True)
class Content:
    """What becomes an artifact: its revision, the name of its file, and what writes it (in a
    thread). `metadata`: what is known of its origin."""

    revision: str
    file: str
    write: Write
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The artifacts of one kind; `kind` as it is in paths, such as `gitrepository`."""

    kind: str
    storage: Storage
    offers: Offers
    address: Address
    clock: Clock

    async def keep(self, artifact: Artifact | None) -> Kept:
        """Let go of older artifacts, and see whether the one on offer is what its status says. What
        is not is removed: nobody could use it. Raises Retryable where the store does not tell."""
        if artifact is None:
            return Kept(None)
        try:
            await self.storage.verify(artifact.path, artifact.digest)
        except ArtifactUnreadable as problem:
            raise Retryable(
                "ReadOperationFailed", str(problem), condition="StorageOperationFailed"
            ) from None
        except ArtifactNotFound:
            return Kept(None)
        except ArtifactError as problem:
            await self._discard(artifact)
            return Kept(None, fault=str(problem))
        collected = await self._collected(artifact)
        url = await self.address.url(artifact.path)
        return Kept(artifact.model_copy(update={"url": url}), collected=collected)

    async def put(self, meta: ObjectMeta, content: Content) -> Artifact:
        """Store and offer something new of an object. Raises ArtifactError where it cannot be
        stored, and whatever its writing raises."""
        path = f"{self.directory_of(meta)}/{content.file}"
        stored = await self.storage.put(path, content.write)
        artifact = Artifact(
            digest=stored.digest,
            last_update_time=self.clock.now(),
            metadata=dict(content.metadata),
            path=path,
            revision=content.revision,
            size=stored.size,
            url=await self.address.url(path),
        )
        self.offers.add(artifact)
        return artifact

    async def newest(self, meta: ObjectMeta) -> str:
        """The URL that leads to whatever is on offer of an object: its `status.url`. For kinds that
        have one."""
        return await self.address.url(f"{self.directory_of(meta)}/{NEWEST[self.kind]}")

    async def withdraw(self, meta: ObjectMeta) -> bool:
        """Remove all artifacts of an object; whether there were any. Raises ArtifactError."""
        directory = self.directory_of(meta)
        self.offers.withdraw(directory)
        return await self.storage.remove(directory)

    def directory_of(self, meta: ObjectMeta) -> str:
        """Where the artifacts of an object are, below the root of the store."""
        return f"{self.kind}/{meta.namespace}/{meta.name}"

    async def _collected(self, artifact: Artifact) -> int:
        # As in Flux, what cannot be collected now is collected another time.
        with suppress(ArtifactError):
            return len(await self.storage.collect(artifact.path))
        return 0

    async def _discard(self, artifact: Artifact) -> None:
        # A path that is not ours, or a disk that is read-only: it is not on offer any more.
        with suppress(ArtifactError):
            await self.storage.discard(artifact.path)
