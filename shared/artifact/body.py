"""An artifact that comes in: put into a file piece by piece, and digested on the way. Blocking."""

from __future__ import annotations

from typing import IO

from shared.artifact.counting import reported
from shared.artifact.digest import check, hasher

_DOING = "failed to keep what was fetched"


class Body:
    """What has come so far. Raises ArtifactError where the disk does not take it."""

    def __init__(self, file: IO[bytes], algorithm: str) -> None:
        self._file = file
        self._algorithm = algorithm
        self._made = hasher(algorithm)

    def begin(self) -> None:
        """Begin anew: what came before is thrown away."""
        self._made = hasher(self._algorithm)
        with reported(_DOING):
            self._file.seek(0)
            self._file.truncate()

    def take(self, piece: bytes) -> None:
        """Take in more."""
        self._made.update(piece)
        with reported(_DOING):
            self._file.write(piece)

    def end(self, digest: str) -> None:
        """Go back to the beginning of the file. Raises ArtifactError where what came is not what a
        digest was made of."""
        check(self._made, digest)
        with reported(_DOING):
            self._file.seek(0)
