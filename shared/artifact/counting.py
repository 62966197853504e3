"""A file that is written, counted and digested on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from shared.artifact.digest import hasher
from shared.artifact.error import ArtifactError


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was stored: its digest, and its size in bytes."""

    digest: str
    size: int


class Counting:
    """Passes on to a file, and counts and digests on the way. `doing`: what fails where the file
    cannot be written."""

    def __init__(self, file: BinaryIO, algorithm: str, doing: str) -> None:
        self._file = file
        self._algorithm = algorithm
        self._doing = doing
        self._made = hasher(algorithm)
        self._checksum = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes, /) -> None:
        """Take in more. Raises ArtifactError where the disk does not."""
        self._made.update(data)
        self._checksum.update(data)
        self.size += len(data)
        # Said here: who produces the data must not take a full disk for a fault of its own source.
        with reported(self._doing):
            self._file.write(data)

    def stored(self) -> Stored:
        """What has come in."""
        return Stored(f"{self._algorithm}:{self._made.hexdigest()}", self.size)

    def checksum(self) -> bytes:
        """The MD5 of what has come in, by which a server sees that it got all of it."""
        return self._checksum.digest()


@contextmanager
def reported(doing: str) -> Iterator[None]:
    """The system's errors as ours, without the paths of this machine."""
    try:
        yield
    except OSError as error:
        raise ArtifactError(f"{doing}: {error.strerror or error}") from None
