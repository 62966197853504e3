"""A visit to a bucket: what is there is listed, and brought here where it is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from shared.api import duration
from shared.artifact.counting import reported
from shared.artifact.error import ArtifactError
from shared.object_store.error import (
    NoSuchBucket,
    NoSuchObject,
    ObjectStoreError,
    StoreAway,
)
from shared.object_store.line import CHUNK, Line
from shared.object_store.thing import Listed, ObjectStore
from shared.problem import Problem
from shared.reconcile.failure import Retryable
from source_controller.bucketry.index import MOST_BYTES, Index, IndexProblem
from source_controller.bucketry.parcel import Parcel
from source_controller.ignore import FILE, IgnoreError, bare_rules

AT_ONCE = 16
"""Objects that are fetched at once."""

LONGEST_IGNORE_FILE = 1024 * 1024
_SPOOLING = "failed to write an object to the disk"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class VisitProblem(Problem):
    """A bucket cannot be listed or fetched from, in Flux's words."""


@dataclass(slots=True)
class Visit:
    """One visit. `limit`: how long listing may take, and fetching; `scratch`: a directory that is
    empty, for this visit alone."""

    line: Line
    store: ObjectStore
    name: str
    limit: timedelta
    scratch: Path
    ignore: bytes | None = None
    brought: int = 0

    async def survey(self, prefix: str, ignored: str | None) -> Index:
        """What is there now. Raises VisitProblem, IndexProblem."""
        async with _limited(self.limit):
            await self._check()
            self.ignore = await self._ignore_file()
            return await self._index(prefix, ignored)

    async def collect(self, index: Index) -> Parcel:
        """Bring the objects of an index here. What has gone meanwhile leaves the index, and what
        has changed is in it as it came. Raises VisitProblem, and Retryable where the disk does not
        take it."""
        await asyncio.to_thread(index.paths)  # raises before anything is fetched
        ahead = iter(enumerate(list(index.objects.values())))
        files: dict[str, Path] = {}
        try:
            async with _limited(self.limit), asyncio.TaskGroup() as tasks:
                for _ in range(AT_ONCE):
                    tasks.create_task(self._work(ahead, index, files))
        except ExceptionGroup as group:
            raise _first(group, self.name) from None
        return Parcel(index, files, self.ignore)

    async def _check(self) -> None:
        try:
            await self.store.check()
        except NoSuchBucket:
            raise VisitProblem(f"bucket '{self.name}' not found") from None
        except ObjectStoreError as problem:
            raise VisitProblem(
                f"failed to confirm existence of '{self.name}' bucket: {problem}"
            ) from None

    async def _ignore_file(self) -> bytes | None:
        try:
            return await self.line.patiently(self._read_ignore_file)
        except NoSuchObject:
            return None
        except ObjectStoreError as problem:
            raise VisitProblem(f"failed to get '{FILE}' object: {problem}") from None

    async def _read_ignore_file(self) -> bytes:
        content = bytearray()
        async with self.store.fetch(Listed(FILE, "", 0)) as incoming:
            async for piece in incoming.pieces:
                content += piece
                if len(content) > LONGEST_IGNORE_FILE:
                    raise VisitProblem(f"'{FILE}' is larger than {LONGEST_IGNORE_FILE} bytes")
        return bytes(content)

    async def _index(self, prefix: str, ignored: str | None) -> Index:
        index = Index()
        try:
            rules = bare_rules(self.ignore or b"", ignored)
            async for page in self.store.listing(prefix):
                await asyncio.to_thread(index.take, page, rules)
        except (ObjectStoreError, IgnoreError, IndexProblem) as problem:
            raise VisitProblem(
                f"indexation of objects from bucket '{self.name}' failed: {problem}"
            ) from None
        return index

    async def _work(
        self, ahead: Iterator[tuple[int, Listed]], index: Index, files: dict[str, Path]
    ) -> None:
        """Fetch one object after the other, until none is left."""
        for number, listed in ahead:
            file = self.scratch / str(number)
            try:
                tag = await self.line.patiently(partial(self._fetch, listed, file))
            except NoSuchObject:
                log.info("object.gone", key=listed.key, bucket=self.name)
                del index.objects[listed.key]
                continue
            except ObjectStoreError as problem:
                raise VisitProblem(f"failed to get '{listed.key}' object: {problem}") from None
            files[listed.key] = file
            if tag != listed.tag:
                index.objects[listed.key] = Listed(listed.key, tag, listed.size)

    async def _fetch(self, listed: Listed, file: Path) -> str:
        """Bring one object here, from its beginning; its tag."""
        size, mode, held = 0, "wb", bytearray()
        try:
            async with self.store.fetch(listed) as incoming:
                async for piece in incoming.pieces:
                    size += len(piece)
                    self._count(len(piece))
                    held += piece
                    if len(held) >= CHUNK:
                        await asyncio.to_thread(_write, file, mode, bytes(held))
                        mode, held = "ab", bytearray()
        except StoreAway:
            self.brought -= size
            raise
        await asyncio.to_thread(_write, file, mode, bytes(held))
        return incoming.tag or listed.tag

    def _count(self, size: int) -> None:
        self.brought += size
        if self.brought > MOST_BYTES:
            raise VisitProblem(f"the objects have more than {MOST_BYTES // 1024 // 1024} MiB")


def _write(file: Path, mode: str, content: bytes) -> None:
    with reported(_SPOOLING), file.open(mode) as opened:
        opened.write(content)


@asynccontextmanager
async def _limited(limit: timedelta) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError:
        raise VisitProblem(f"no end after {duration.format(limit)}: see spec.timeout") from None


def _first(group: ExceptionGroup[Exception], name: str) -> Exception:
    """What went wrong first, of those who worked at once; the group where that is none of ours."""
    problem = next(iter(group.exceptions))
    if isinstance(problem, VisitProblem):
        return VisitProblem(f"fetch from bucket '{name}' failed: {problem}")
    if isinstance(problem, ArtifactError):
        return Retryable("ArchiveOperationFailed", str(problem), condition="StorageOperationFailed")
    return group
