"""What a pack would unpack to, told without unpacking it: the guard against bombs.

A pack says of each object how long it is, and of each delta how long its result is. Both are read
here, and every stream is inflated to nothing, before anything is built from them
(reliability-security.md G-07). The format: gitformat-pack(5).
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from typing import BinaryIO

from shared.git.deadline import MIB, Deadline, Limits
from shared.git.error import GitError

OFS_DELTA, REF_DELTA = 6, 7
_CHUNK = 65_536
_PREFACE = 20


class Inspection:
    """Walks once through a pack."""

    def __init__(self, pack: mmap.mmap, limits: Limits, deadline: Deadline) -> None:
        self._pack = pack
        self._limits = limits
        self._deadline = deadline
        self._at = 12
        self._unpacked = 0

    def run(self) -> int:
        """How many objects the pack has. Raises GitError where it is broken or too large."""
        if len(self._pack) < 32 or self._pack[:4] != b"PACK":
            raise GitError("the remote sent no pack")
        version, count = struct.unpack(">II", self._pack[4:12])
        if version not in {2, 3}:
            raise GitError(f"the remote sent a pack of the unknown version {version}")
        if count > self._limits.objects:
            raise GitError(f"the remote sent a pack of more than {self._limits.objects} objects")
        for number in range(count):
            if number % 1_000 == 0:
                self._deadline.left()
            self._pass_over()
        self._require_end()
        return int(count)

    def _require_end(self) -> None:
        with memoryview(self._pack) as whole, whole[: self._at] as body:
            is_whole = hashlib.sha1(body).digest() == self._pack[self._at :]
        if not is_whole:
            raise GitError("the remote sent a pack that does not fit its checksum")

    def _pass_over(self) -> None:
        kind, size = self._header()
        if kind == OFS_DELTA:
            while self._byte() & 0x80:
                pass
        elif kind == REF_DELTA:
            self._at += 20
        self._count(size)
        preface = self._inflate(size)
        if kind in {OFS_DELTA, REF_DELTA}:
            self._count(_result_size(preface))

    def _count(self, size: int) -> None:
        self._unpacked += size
        if size > self._limits.thing:
            raise GitError(f"an object is larger than {self._limits.thing // MIB} MiB")
        if self._unpacked > self._limits.unpacked:
            raise GitError(f"the pack unpacks to more than {self._limits.unpacked // MIB} MiB")

    def _header(self) -> tuple[int, int]:
        """Type and inflated size of the object that starts here."""
        byte = self._byte()
        kind, size, shift = (byte >> 4) & 7, byte & 15, 4
        while byte & 0x80 and shift < 64:
            byte = self._byte()
            size |= (byte & 0x7F) << shift
            shift += 7
        return kind, size

    def _byte(self) -> int:
        if self._at >= len(self._pack):
            raise GitError("the remote sent a pack that ends too early")
        self._at += 1
        return self._pack[self._at - 1]

    def _inflate(self, size: int) -> bytes:
        """Pass over a compressed stream; the first bytes of what is in it."""
        stream, first, length = zlib.decompressobj(), b"", 0
        while not stream.eof:
            # Little at once: zlib copies all that it was handed past the end of a stream.
            chunk = self._pack[self._at : self._at + min(_CHUNK, size // 2 + 256)]
            if not chunk:
                raise GitError("the remote sent a pack that ends too early")
            length, first = self._take(stream, chunk, length, first)
            if length > size:
                raise GitError("an object is larger than the pack says")
            self._at += len(chunk) - len(stream.unused_data)
        return first

    def _take(
        self, stream: zlib._Decompress, chunk: bytes, length: int, first: bytes
    ) -> tuple[int, bytes]:
        try:
            piece = stream.decompress(chunk, _CHUNK)
            while piece:
                first = first or piece[:_PREFACE]
                length += len(piece)
                # What is handed over past the end of a stream counts as left over once more.
                if stream.eof or length > self._limits.thing:
                    break
                piece = stream.decompress(stream.unconsumed_tail, _CHUNK)
        except zlib.error:
            raise GitError("the remote sent a pack that is broken") from None
        return length, first


def inspect(pack: BinaryIO, limits: Limits, deadline: Deadline) -> int:
    """How many objects are in a pack, a file on disk. Raises GitError where it is broken, or more
    than the limits allow."""
    pack.flush()
    with mmap.mmap(pack.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return Inspection(mapped, limits, deadline).run()


def _result_size(delta: bytes) -> int:
    """The second number at the start of a delta: how long its result is."""
    numbers, value, shift = [], 0, 0
    for byte in delta:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            numbers.append(value)
            value = shift = 0
    return numbers[1] if len(numbers) > 1 else 0
