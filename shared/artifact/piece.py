"""Pieces that a compressed stream is made of, each compressed by itself, and those that are kept.

A piece depends on nothing but what is in it. Whether it was kept or is made anew, its bytes are the
same (docs/decisions/0025-tarballs-in-pieces.md).
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from shared.artifact.checksum import joined

MOST = 16 * 1024 * 1024
"""Bytes of all pieces that are kept."""
BESIDE = 500
"""Bytes that each takes beside its data, at the most: there may be many small ones."""
LARGEST = 512 * 1024
"""Bytes of one of them."""

# No flags, no time, no extra, an unknown operating system: the header that Go's gzip writes.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes, compressed. `checksum` and `length`: the CRC-32 and the number of the bytes that it
    was made of; `content`: how many of these are in files."""

    data: bytes
    checksum: int
    length: int
    content: int


class Pieces:
    """The pieces that were used last, by name. For many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Piece] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0
        """Bytes of all that are kept."""

    def find(self, name: bytes) -> Piece | None:
        """A piece that is kept."""
        with self._lock:
            if found := self._kept.get(name):
                self._kept.move_to_end(name)
            return found

    def add(self, name: bytes, piece: Piece) -> None:
        """Keep a piece, if it is not too large; those go that nobody used for the longest time."""
        if len(piece.data) > LARGEST:
            return
        with self._lock:
            if name not in self._kept:
                self._kept[name] = piece
                self.size += _cost(piece)
            while self.size > self._most:
                self.size -= _cost(self._kept.popitem(last=False)[1])


def _cost(piece: Piece) -> int:
    return len(piece.data) + BESIDE


@dataclass(frozen=True, slots=True)
class Recall:
    """What is remembered of a place that files come from. `origin`: tells it from all others, as
    what a file is named by may mean something else there; `passed`: is told of the bytes of files
    that need not be read, and may raise where they are too many."""

    pieces: Pieces
    origin: str
    passed: Callable[[int], None]


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take in more."""


class Gzip:
    """A gzip member that is made of pieces."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._checksum, self._length = 0, 0
        sink.write(_HEADER)

    def add(self, piece: Piece) -> None:
        """Put in a piece that was made before."""
        self._sink.write(piece.data)
        self._count(piece.checksum, piece.length)

    def squeeze(self, parts: Iterable[bytes]) -> Piece | None:
        """Compress a piece and put it in; the piece, unless it is too large to be kept."""
        made = _Making(self._sink)
        for part in parts:
            made.take(part)
        made.end()
        self._count(made.checksum, made.length)
        return made.piece()

    def close(self) -> None:
        """Nothing more comes: a last block that is empty, and the trailer."""
        self._sink.write(zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush())
        self._sink.write(struct.pack("<II", self._checksum, self._length & 0xFFFFFFFF))

    def _count(self, checksum: int, length: int) -> None:
        self._checksum = joined(self._checksum, checksum, length)
        self._length += length


@dataclass(slots=True)
class _Making:
    """A piece in the making: what comes of it goes on at once."""

    sink: Sink
    checksum: int = 0
    length: int = 0
    _size: int = 0
    _held: list[bytes] = field(default_factory=list)
    _squeeze: zlib._Compress = field(
        default_factory=lambda: zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    )

    def take(self, part: bytes) -> None:
        self.checksum = zlib.crc32(part, self.checksum)
        self.length += len(part)
        self._pass_on(self._squeeze.compress(part))

    def end(self) -> None:
        """End on a byte, so that another piece can follow."""
        self._pass_on(self._squeeze.flush(zlib.Z_SYNC_FLUSH))

    def piece(self) -> Piece | None:
        whole = b"".join(self._held)
        is_whole = self._size <= LARGEST
        return Piece(whole, self.checksum, self.length, 0) if is_whole else None

    def _pass_on(self, data: bytes) -> None:
        self._size += len(data)
        self.sink.write(data)
        if self._size <= LARGEST:
            self._held.append(data)
        else:
            self._held.clear()
