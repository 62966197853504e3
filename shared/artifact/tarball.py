"""The tarball that an artifact is: the same files always make the same bytes. Pure.

Packing follows Flux (flux.md 1.8): directories before what is in them, in the order of a walk, from
the root entry `.` on; no owners, no times; modes 0750, 0600 and 0700; gzip without name and time.
Reading is in `shared/artifact/archive.py`.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.artifact.error import ArtifactError
from shared.artifact.path import checked

DIRECTORY_MODE, FILE_MODE, EXECUTABLE_MODE = 0o750, 0o600, 0o700

_BLOCK = 512
# No flags, no time, no extra, an unknown operating system: the header that Go's gzip writes.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tarball. `path` is relative; `content` None stands for a directory."""

    path: str
    content: bytes | None
    executable: bool = False


class Sink(Protocol):
    """Where the bytes of a tarball go."""

    def write(self, data: bytes, /) -> object:
        """Take in more."""


def order(path: str) -> tuple[str, ...]:
    """The key by which a walk through directories comes upon paths."""
    return tuple(path.split("/"))


def pack(entries: Iterable[Entry]) -> bytes:
    """A tarball, gzipped. Entries come in any order. Raises ArtifactError for a path that nobody
    would read."""
    sink = io.BytesIO()
    write(sorted(entries, key=lambda entry: order(entry.path)), sink)
    return sink.getvalue()


def write(entries: Iterable[Entry], sink: Sink) -> None:
    """Write a tarball, gzipped, entry by entry. Entries come in the order of `order`; directories
    that are not among them are added. Raises ArtifactError for a path that nobody would read, or
    that comes twice."""
    squeezed = _Gzip(sink)
    squeezed.write(_header(".", None))
    for entry in _with_directories(entries):
        squeezed.write(_header(entry.path, entry))
        if entry.content is not None:
            squeezed.write(entry.content)
            squeezed.write(bytes(-len(entry.content) % _BLOCK))
    squeezed.write(bytes(2 * _BLOCK))
    squeezed.close()


def _with_directories(entries: Iterable[Entry]) -> Iterator[Entry]:
    known: set[str] = set()
    for entry in entries:
        path = checked(entry.path)
        for end in (i for i, letter in enumerate(path) if letter == "/"):
            if path[:end] not in known:
                known.add(path[:end])
                yield Entry(path[:end], None)
        if path in known and entry.content is not None:
            raise ArtifactError(f"the archive would have two entries named {path!r}")
        if path not in known:
            known.add(path)
            yield entry


def _header(path: str, entry: Entry | None) -> bytes:
    member = tarfile.TarInfo(path)
    if entry is None or entry.content is None:
        member.type, member.mode = tarfile.DIRTYPE, DIRECTORY_MODE
        # tarfile ends the names of directories in a slash; Flux does not.
        return _without_slash(member)
    member.size = len(entry.content)
    member.mode = EXECUTABLE_MODE if entry.executable else FILE_MODE
    return member.tobuf(tarfile.PAX_FORMAT)


def _without_slash(member: tarfile.TarInfo) -> bytes:
    member.type = tarfile.REGTYPE
    block = bytearray(member.tobuf(tarfile.PAX_FORMAT))
    header = memoryview(block)[-_BLOCK:]
    header[156:157] = tarfile.DIRTYPE
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(block)


class _Gzip:
    """gzip's frame around a compressed stream, always the same."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._squeeze = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._checksum, self._length = 0, 0
        sink.write(_GZIP_HEADER)

    def write(self, data: bytes) -> None:
        self._checksum = zlib.crc32(data, self._checksum)
        self._length += len(data)
        self._sink.write(self._squeeze.compress(data))

    def close(self) -> None:
        self._sink.write(self._squeeze.flush())
        self._sink.write(struct.pack("<II", self._checksum, self._length & 0xFFFFFFFF))
