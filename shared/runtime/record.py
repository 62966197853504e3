"""One object of ours in the API server: its newest known state, its status and its finalizer."""

from __future__ import annotations

import asyncio
from typing import Protocol

from shared.manifest.identity import Manifest, metadata, text


class Register(Protocol):
    """Where objects of one kind are read and written: the API server, or a fake of it."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object as the cache has it."""

    async def write_status(self, seen: Manifest, status: Manifest) -> Manifest:
        """Write the status of the object last seen as `seen`; the object as it is then.

        Raises ClusterError; NotFound where the object is gone.
        """

    async def add_finalizer(self, seen: Manifest) -> Manifest:
        """Put our finalizer on the object; the object as it is then."""

    async def remove_finalizer(self, seen: Manifest) -> None:
        """Take our finalizer off the object."""


class Record:
    """The newest known state of one object. Our own writes are newer than the cache until its
    watch has caught up; acting on the older of the two would forget what we recorded."""

    def __init__(self, register: Register, seen: Manifest) -> None:
        self._register = register
        self._lock = asyncio.Lock()
        self.seen = seen

    async def write_status(self, status: Manifest) -> None:
        """Write the status, unless the object says just that already."""
        async with self._lock:
            if self.seen.get("status") != status:
                self.seen = await self._register.write_status(self.seen, status)

    async def add_finalizer(self) -> None:
        """Put our finalizer on the object."""
        async with self._lock:
            self.seen = await self._register.add_finalizer(self.seen)

    async def remove_finalizer(self) -> None:
        """Take our finalizer off; the API server then lets the object go."""
        async with self._lock:
            await self._register.remove_finalizer(self.seen)


def newest(one: Manifest, other: Manifest | None) -> Manifest:
    """Of two states of one object the later one. Of two objects of one name, the first."""
    if other is None or text(metadata(one), "uid") != text(metadata(other), "uid"):
        return one
    return one if version_of(one) >= version_of(other) else other


def version_of(manifest: Manifest) -> int:
    """The resource version as a number. Kubernetes promises since 1.35 that it can be compared."""
    version = text(metadata(manifest), "resourceVersion")
    return int(version) if version.isdigit() else 0
