"""Contents of files on the disk, one behind the other in a file without a name: however large a
source is, it takes no memory, and no path of it is a path here."""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.artifact.counting import reported
from shared.artifact.error import ArtifactError

CHUNK = 256 * 1024
_DOING = "failed to keep the files of a source on the disk"


class Spool:
    """A file that is gone when nobody has a stretch of it any more. Raises ArtifactError where the
    disk does not take it."""

    def __init__(self, scratch: Path) -> None:
        with reported(_DOING):
            scratch.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._handle, name = tempfile.mkstemp(dir=scratch)
            weakref.finalize(self, os.close, self._handle)
            Path(name).unlink()
        self._end = 0

    def keep(self, content: bytes) -> Stretch:
        """Take in a content."""
        return self.keep_all((content,))

    def keep_all(self, pieces: Iterable[bytes]) -> Stretch:
        """Take in a content that comes in pieces."""
        start, made = self._end, hashlib.sha256()
        for piece in pieces:
            made.update(piece)
            self._append(piece)
        return Stretch(self, start, self._end - start, made.digest())

    def read(self, start: int, size: int) -> bytes:
        """A part of what was taken in."""
        with reported("failed to read the files of a source from the disk"):
            found = os.pread(self._handle, size, start)
        if len(found) < size:
            raise ArtifactError("the files of a source are not on the disk any more")
        return found

    def _append(self, piece: bytes) -> None:
        rest = memoryview(piece)
        with reported(_DOING):
            while rest:
                written = os.pwrite(self._handle, rest, self._end)
                self._end += written
                rest = rest[written:]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The content of a file in a spool, with its SHA-256."""

    spool: Spool
    start: int
    size: int
    digest: bytes

    def pieces(self) -> Iterator[bytes]:
        """The content, piece by piece. Raises ArtifactError."""
        for at in range(0, self.size, CHUNK):
            yield self.spool.read(self.start + at, min(CHUNK, self.size - at))

    def whole(self) -> bytes:
        """All of it. Raises ArtifactError."""
        return b"".join(self.pieces())
