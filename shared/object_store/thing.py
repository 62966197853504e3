"""What is in a bucket, and the role of whoever gives it out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing has it. `tag` changes with its content; `size`: bytes; `version`:
    which one of those of its key it is, where the store says so; `stored`: when (seconds), where
    it says that."""

    key: str
    tag: str
    size: int
    version: str = ""
    stored: float = 0.0


@dataclass(frozen=True, slots=True)
class Incoming:
    """An object that comes in, piece by piece, with the tag of what comes."""

    tag: str
    pieces: AsyncIterator[bytes]


class ObjectStore(Protocol):
    """One bucket. Every method raises ObjectStoreError."""

    async def check(self) -> None:
        """Raises NoSuchBucket where there is no such bucket, AccessRefused where it does not let
        us in."""

    def listing(self, prefix: str) -> AsyncIterator[list[Listed]]:
        """The objects whose keys begin with a prefix, page by page."""

    def fetch(self, listed: Listed) -> AbstractAsyncContextManager[Incoming]:
        """The content of an object as it is now. Raises NoSuchObject."""
