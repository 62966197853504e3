"""The role of whatever keeps artifacts, and the local disk in it.

A path is `<kind>/<namespace>/<name>/<file>`. What is under a path is whole, or is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from shared.artifact.counting import Stored
from shared.artifact.store import CHUNK, Store
from shared.artifact.tarball import Sink

Write = Callable[[Sink], None]
"""Produces what is in a file. Runs in a thread."""


class Storage(Protocol):
    """Keeps artifacts. Every method raises ArtifactError: ArtifactNotFound where there is no such
    file, ArtifactUnreadable where it cannot be told."""

    async def put(self, path: str, write: Write) -> Stored:
        """Store a file in place of what was there, in one step. What `write` raises is passed
        on, and nothing is stored."""

    async def verify(self, path: str, digest: str) -> None:
        """Raises ArtifactError where what is stored is not what the digest was made of."""

    async def read(self, path: str, digest: str) -> bytes:
        """What is stored, if it is what the digest was made of."""

    async def size(self, path: str) -> int:
        """The bytes of a file."""

    def chunks(self, path: str, start: int, length: int) -> AsyncIterator[bytes]:
        """A part of what is stored, piece by piece; ends early where there is less."""

    async def discard(self, path: str) -> None:
        """Remove a file, if it is there."""

    async def collect(self, current: str) -> list[str]:
        """Remove what retention lets go of beside the file `current`; the names of what is gone."""

    async def remove(self, directory: str) -> bool:
        """Remove all files of an object, `<kind>/<namespace>/<name>`; whether there were any."""


@dataclass(frozen=True, slots=True)
class DiskStorage:
    """A directory of this machine. Its work is done in threads."""

    store: Store

    async def put(self, path: str, write: Write) -> Stored:
        """Store a file, which is on the disk when this returns."""
        return await asyncio.to_thread(self.store.put, path, write)

    async def verify(self, path: str, digest: str) -> None:
        """Read the file and digest it."""
        await asyncio.to_thread(self.store.verify, path, digest)

    async def read(self, path: str, digest: str) -> bytes:
        """The file, after its digest."""
        return await asyncio.to_thread(self.store.read, path, digest)

    async def size(self, path: str) -> int:
        """As the directory has it."""
        return await asyncio.to_thread(self.store.size, path)

    async def chunks(self, path: str, start: int, length: int) -> AsyncIterator[bytes]:
        """The file is opened once; who replaces it meanwhile does not change what comes."""
        file = await asyncio.to_thread(self.store.opened, path, start)
        try:
            while length > 0 and (
                chunk := await asyncio.to_thread(self.store.some, file, min(length, CHUNK))
            ):
                length -= len(chunk)
                yield chunk
        finally:
            file.close()

    async def discard(self, path: str) -> None:
        """Unlink the file."""
        await asyncio.to_thread(self.store.discard, path)

    async def collect(self, current: str) -> list[str]:
        """Unlink what is too old or too much."""
        return await asyncio.to_thread(self.store.collect, current)

    async def remove(self, directory: str) -> bool:
        """Remove the directory."""
        return await asyncio.to_thread(self.store.remove, directory)
