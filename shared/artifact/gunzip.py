"""What is in gzip, piece by piece, and no more of it than may be. Pure."""

from __future__ import annotations

import zlib
from typing import IO

from shared.artifact.error import ArtifactError

MIB = 1024 * 1024
CHUNK = 256 * 1024
"""Bytes that are taken in, or given out, at once."""


class Gunzip:
    """Gives out what gzip members hold, a piece at a time, up to a limit."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        # What was read and belongs to the next member.
        self._ahead = b""
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._most = most
        self._given = 0
        self._held = bytearray()

    def expect(self, size: int) -> int:
        """The size of what is to be read, where that may be read."""
        if self._given + size > self._most:
            raise ArtifactError(f"the archive unpacks to more than {self._most // MIB} MiB")
        return size

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end."""
        self._given += self.expect(size)
        while len(self._held) < size and (piece := self._more()):
            self._held += piece
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def finish(self) -> None:
        """See that nothing but padding follows, and that the checksums are right."""
        while True:
            if any(self._held):
                raise ArtifactError("the archive goes on after its end")
            self._given += len(self._held)
            if self._given > self._most:
                raise ArtifactError(f"the archive unpacks to more than {self._most // MIB} MiB")
            self._held.clear()
            piece = self._more()
            if not piece:
                break
            self._held += piece
        if not self._member.eof:
            raise ArtifactError("the archive ends too early")

    def _more(self) -> bytes:
        """The next piece, of any size; an empty one at the end."""
        try:
            while True:
                if self._member.eof:
                    self._ahead = self._member.unused_data or self._feed()
                    if not self._ahead:
                        return b""
                    self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                fed = self._member.unconsumed_tail or self._feed()
                piece = self._member.decompress(fed, CHUNK)
                if piece or not (fed or self._member.eof):
                    return piece
        except zlib.error:
            raise ArtifactError("the archive is not gzip, or damaged") from None

    def _feed(self) -> bytes:
        fed, self._ahead = self._ahead or self._file.read(CHUNK), b""
        return fed
