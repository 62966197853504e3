"""The story of a Bucket: look at what is in it, and offer what is new there.

What is on offer stays on offer, whatever fails here: it is only ever replaced by the next one that
was listed, fetched and stored without an error (reliability-security.md I4).
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.bucket import Bucket, BucketStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Mark
from shared.reconcile.settlement import Ready
from source_controller.bucketry.index import Index
from source_controller.bucketry.parcel import Parcel
from source_controller.shelf import Content
from source_controller.upkeep import Shelf, is_new, is_recovery, tell_of, tended, withdrawn

FAILURES = ("FetchFailed", "StorageOperationFailed")
OWNED = frozenset(
    {"ArtifactInStorage", "ArtifactOutdated", "FetchFailed", "StorageOperationFailed"}
)
"""The conditions of this kind beside Ready, Reconciling and Stalled."""


class Visit(Protocol):
    """A visit to a bucket."""

    async def survey(self, prefix: str, ignored: str | None) -> Index:
        """What is there now. Raises a Problem."""

    async def collect(self, index: Index) -> Parcel:
        """What is there, brought here; the index is that of what was brought. Raises a Problem."""


class Stores(Protocol):
    """The object stores that Buckets name."""

    def visit(self, bucket: Bucket) -> AbstractAsyncContextManager[Visit]:
        """A visit to a bucket. Raises Failure."""


@dataclass(frozen=True, slots=True)
class BucketReconciler:
    """Brings a Bucket's artifact to what is in it. `algorithm`: of revisions."""

    stores: Stores
    shelf: Shelf
    algorithm: str

    async def reconcile(self, bucket: Bucket, attempt: Attempt[BucketStatus]) -> Ready:
        """List what is there; fetch, store and offer it where it is new."""
        await self._tend(bucket, attempt)
        doing = "looking for a new upstream revision"
        async with (
            attempt.stage(doing, "BucketOperationFailed", condition="FetchFailed"),
            self.stores.visit(bucket) as visit,
        ):
            index = await visit.survey(bucket.spec.prefix, bucket.spec.ignore)
            revision = await self._renewed(bucket, attempt, visit, index)
        stored = f"stored artifact: revision '{revision}'"
        attempt.unmark("ArtifactOutdated")
        attempt.mark("ArtifactInStorage", Mark("True", "Succeeded", stored))
        return Ready("Succeeded", stored)

    async def finalize(self, bucket: Bucket, attempt: Attempt[BucketStatus]) -> None:
        """Remove what was stored."""
        await withdrawn(self.shelf, bucket.metadata, attempt)

    async def _tend(self, bucket: Bucket, attempt: Attempt[BucketStatus]) -> None:
        """See what is on offer."""
        kept = await tended(self.shelf, bucket.status.artifact, attempt)
        url = await self.shelf.newest(bucket.metadata) if kept.artifact else ""
        attempt.record(BucketStatus(artifact=kept.artifact, url=url))

    async def _renewed(
        self, bucket: Bucket, attempt: Attempt[BucketStatus], visit: Visit, index: Index
    ) -> str:
        """Offer what is there, unless that is what is on offer; its revision."""
        old = attempt.status.artifact
        if old is not None and await _is_current(bucket, index, old):
            return _tell_nothing_new(bucket, attempt, old)
        news = f"new upstream revision '{await asyncio.to_thread(index.digest, self.algorithm)}'"
        if old is not None and not await asyncio.to_thread(index.is_of, old.revision):
            attempt.mark("ArtifactOutdated", Mark("True", "NewRevision", news))
        doing = f"building artifact: {_news(bucket, old) or news}"
        async with attempt.stage(doing, "BucketOperationFailed", condition="FetchFailed"):
            parcel = await visit.collect(index)
        revision = await asyncio.to_thread(parcel.index.digest, self.algorithm)
        if old is not None and await _is_current(bucket, parcel.index, old):
            return _tell_nothing_new(bucket, attempt, old)
        content = Content(revision, f"{revision.partition(':')[2]}.tar.gz", parcel.write)
        reason, condition = "ArchiveOperationFailed", "StorageOperationFailed"
        async with attempt.stage(doing, reason, condition=condition):
            new = await self.shelf.put(bucket.metadata, content)
        await self._offer(bucket, attempt, new, len(parcel.index.objects))
        return revision

    async def _offer(
        self, bucket: Bucket, attempt: Attempt[BucketStatus], new: Artifact, count: int
    ) -> None:
        attempt.record(
            BucketStatus(
                artifact=new,
                url=await self.shelf.newest(bucket.metadata),
                observed_ignore=bucket.spec.ignore,
            )
        )
        name = bucket.spec.bucket_name
        message = f"stored artifact with {count} fetched files from '{name}' bucket"
        if is_new(bucket.status.artifact, new):
            tell_of(attempt, new, "NewArtifact", message)
        elif is_recovery(bucket.status.conditions, FAILURES):
            tell_of(attempt, new, "Succeeded", message)


async def _is_current(bucket: Bucket, index: Index, old: Artifact) -> bool:
    """Whether what is on offer has these objects, by the rules that the spec has now."""
    if bucket.status.observed_ignore != bucket.spec.ignore:
        return False
    return await asyncio.to_thread(index.is_of, old.revision)


def _news(bucket: Bucket, old: Artifact | None) -> str:
    """Why an artifact is built, where that is not the bucket."""
    is_lost = old is None and bucket.status.artifact is not None
    return "disappeared from storage" if is_lost else ""


def _tell_nothing_new(bucket: Bucket, attempt: Attempt[BucketStatus], old: Artifact) -> str:
    message = f"artifact up-to-date with remote revision: '{old.revision}'"
    attempt.tell("ArtifactUpToDate", message, severity="trace")
    if is_recovery(bucket.status.conditions, FAILURES):
        name = bucket.spec.bucket_name
        tell_of(attempt, old, "Succeeded", f"artifact is that of the '{name}' bucket")
    return old.revision
