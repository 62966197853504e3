"""Artifacts in a bucket that speaks S3: several source controllers can serve from one.

An object appears under its key whole, or not at all: that is what S3 promises of an upload.
"""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from shared.artifact.counting import Counting, Stored, reported
from shared.artifact.digest import DEFAULT, check, hasher, parse
from shared.artifact.error import ArtifactError, ArtifactNotFound, ArtifactUnreadable
from shared.artifact.place import place_of_file, place_of_object
from shared.artifact.retention import Kept, Retention, garbage
from shared.artifact.storage import Write
from shared.object_store.error import NoSuchObject, ObjectStoreError
from shared.object_store.line import CHUNK
from shared.object_store.s3 import S3Bucket
from shared.object_store.thing import Listed
from shared.reconcile.clock import Clock

MOST_REMEMBERED = 10_000
_STORING = "unable to archive artifact to storage"

Opened = Callable[[], Awaitable[S3Bucket]]
"""The bucket, with credentials that are good now."""


@dataclass(frozen=True, slots=True)
class BucketStorage:
    """A bucket as a Storage. `prefix`: what the keys of artifacts begin with, with a slash at its
    end where it is to be a directory.

    What was read once and found to be what its digest was made of counts as that for as long as the
    store says that it is the same: `known` has the tags. Another process reads anew.
    """

    opened: Opened
    clock: Clock
    algorithm: str = DEFAULT
    retention: Retention = field(default_factory=Retention)
    prefix: str = ""
    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def put(self, path: str, write: Write) -> Stored:
        """Store a file: it is written to this machine first, as its length has to be known."""
        key = self._key(path)
        with reported(_STORING), tempfile.TemporaryFile() as file:
            sink = Counting(file, self.algorithm, _STORING)
            await asyncio.to_thread(write, sink)
            await asyncio.to_thread(file.flush)
            with _reported(_STORING):
                tag = await self._upload(key, file, sink)
        stored = sink.stored()
        self._remember(path, tag, stored.digest)
        return stored

    async def verify(self, path: str, digest: str) -> None:
        """Ask whether the file is the one that was verified last; else read and digest it."""
        algorithm, value = parse(digest)
        key = self._key(path)
        with _asked(path):
            bucket = await self.opened()
            _, tag = await bucket.head(key)
            if tag and self.known.get(path) == (tag, f"{algorithm}:{value}"):
                return
            made = hasher(algorithm)
            async with bucket.fetch(Listed(key, "", 0)) as incoming:
                async for piece in incoming.pieces:
                    made.update(piece)
        check(made, digest)
        self._remember(path, incoming.tag, f"{algorithm}:{value}")

    async def read(self, path: str, digest: str) -> bytes:
        """The file, after its digest."""
        made, content = hasher(parse(digest)[0]), bytearray()
        key = self._key(path)
        with _asked(path):
            bucket = await self.opened()
            async with bucket.fetch(Listed(key, "", 0)) as incoming:
                async for piece in incoming.pieces:
                    made.update(piece)
                    content += piece
        check(made, digest)
        return bytes(content)

    async def size(self, path: str) -> int:
        """As the store has it."""
        key = self._key(path)
        with _asked(path):
            return (await (await self.opened()).head(key))[0]

    async def chunks(self, path: str, start: int, length: int) -> AsyncIterator[bytes]:
        """A part of the file, as the store sends it."""
        if not length:
            return
        key = self._key(path)
        with _asked(path):
            bucket = await self.opened()
            async with bucket.part(key, start, length) as pieces:
                async for piece in pieces:
                    yield piece

    async def discard(self, path: str) -> None:
        """Delete the file."""
        key = self._key(path)
        self.known.pop(path, None)
        with _reported("failed to remove artifact"):
            await (await self.opened()).delete(key)

    async def collect(self, current: str) -> list[str]:
        """Delete what is too old or too much."""
        directory, _, file = place_of_file(current).rpartition("/")
        now = self.clock.now().timestamp()
        with _reported("garbage collection of artifacts failed"):
            found = [Kept(one.stored, _name(one.key)) for one in await self._listed(directory)]
            names = garbage(found, file, self.retention, now)
            for name in names:
                await (await self.opened()).delete(self._key(f"{directory}/{name}"))
        return names

    async def remove(self, directory: str) -> bool:
        """Delete all files of an object."""
        place_of_object(directory)
        with _reported("garbage collection for deleted resource failed"):
            found = await self._listed(directory)
            for one in found:
                await (await self.opened()).delete(one.key)
        for path in [path for path in self.known if path.startswith(f"{directory}/")]:
            del self.known[path]
        return bool(found)

    async def _listed(self, directory: str) -> list[Listed]:
        """The files of an object, and of no other whose name begins alike."""
        bucket = await self.opened()
        prefix = f"{self.prefix}{directory}/"
        pages = [page async for page in bucket.listing(prefix)]
        return [one for page in pages for one in page if one.key.startswith(prefix)]

    async def _upload(self, key: str, file: BinaryIO, sink: Counting) -> str:
        async def content() -> AsyncIterator[bytes]:
            await asyncio.to_thread(file.seek, 0)
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

        checksum = base64.b64encode(sink.checksum()).decode()
        return await (await self.opened()).put(key, sink.size, content, checksum)

    def _key(self, path: str) -> str:
        return self.prefix + place_of_file(path)

    def _remember(self, path: str, tag: str, digest: str) -> None:
        self.known.pop(path, None)
        self.known[path] = tag, digest
        while len(self.known) > MOST_REMEMBERED:
            self.known.pop(next(iter(self.known)))


def _name(key: str) -> str:
    return key.rpartition("/")[2]


@contextmanager
def _reported(doing: str) -> Iterator[None]:
    try:
        yield
    except ObjectStoreError as problem:
        raise ArtifactError(f"{doing}: {problem}") from None


@contextmanager
def _asked(path: str) -> Iterator[None]:
    """The store's errors at reading as ours."""
    try:
        yield
    except NoSuchObject:
        raise ArtifactNotFound(f"{path} is not in storage") from None
    except ObjectStoreError as problem:
        raise ArtifactUnreadable(f"{path} cannot be read: {problem}") from None
