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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.artifact.error import ArtifactError
from shared.artifact.path import checked

DIRECTORY_MODE, FILE_MODE, EXECUTABLE_MODE = 0o750, 0o600, 0o700

_BLOCK = 512
_SHORT = 100
_NOBODY = b"0000000\0"
# No flags, no time, no extra, an unknown operating system: the header that Go's gzip writes.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tarball. `path` is relative; `content` None stands for a directory."""

    path: str
    content: bytes | None
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Streamed:
    """A file of a tarball that is too large to hold. `pieces`: its content, of `size` bytes."""

    path: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    executable: bool = False


Packed = Entry | Streamed


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


def write(entries: Iterable[Packed], sink: Sink) -> None:
    """Write a tarball, gzipped, entry by entry. Entries come in the order of `order`; directories
    that are not among them are added. Raises ArtifactError for a path that nobody would read, or
    that comes twice, or a file that is not as long as it said."""
    squeezed = _Gzip(sink)
    squeezed.write(_header(".", None))
    for entry in _with_directories(entries):
        squeezed.write(_header(entry.path, entry))
        size = 0
        for piece in _content(entry):
            squeezed.write(piece)
            size += len(piece)
        if size != (_size(entry) or 0):
            raise ArtifactError(f"{entry.path!r} changed its length while it was packed")
        squeezed.write(bytes(-size % _BLOCK))
    squeezed.write(bytes(2 * _BLOCK))
    squeezed.close()


def _content(entry: Packed) -> Iterable[bytes]:
    if isinstance(entry, Streamed):
        return entry.pieces()
    return (entry.content,) if entry.content else ()


def _size(entry: Packed) -> int | None:
    """The bytes of a file; None for a directory."""
    if isinstance(entry, Streamed):
        return entry.size
    return None if entry.content is None else len(entry.content)


def _with_directories(entries: Iterable[Packed]) -> Iterator[Packed]:
    known: set[str] = set()
    for entry in entries:
        path = checked(entry.path)
        for end in (i for i, letter in enumerate(path) if letter == "/"):
            if path[:end] not in known:
                known.add(path[:end])
                yield Entry(path[:end], None)
        if path in known and _size(entry) is not None:
            raise ArtifactError(f"the archive would have two entries named {path!r}")
        if path not in known:
            known.add(path)
            yield entry


def _header(path: str, entry: Packed | None) -> bytes:
    """The header of a file or of a directory, whose name does not end in a slash, as Flux's do."""
    size = None if entry is None else _size(entry)
    is_directory = size is None
    mode = DIRECTORY_MODE if is_directory else FILE_MODE
    if entry is not None and entry.executable and not is_directory:
        mode = EXECUTABLE_MODE
    kind = tarfile.DIRTYPE if is_directory else tarfile.REGTYPE
    size = size or 0
    name = path.encode()
    if len(name) <= _SHORT and path.isascii():
        return _block(name, mode, size, kind)
    record = _pax_record(name)
    padded = record + bytes(-len(record) % _BLOCK)
    extra = _block(b"PaxHeaders.0", 0, len(record), tarfile.XHDTYPE)
    # Readers that do not know pax see the name as far as it goes.
    return extra + padded + _block(_cut(path), mode, size, kind)


def _block(name: bytes, mode: int, size: int, kind: bytes) -> bytes:
    """A header of POSIX's ustar form, without owner and time."""
    before = b"%s%07o\0%s%s%011o\0%011o\0" % (
        name.ljust(_SHORT, b"\0"), mode, _NOBODY, _NOBODY, size, 0
    )  # fmt: skip
    after = (kind + bytes(_SHORT) + b"ustar\x0000").ljust(_BLOCK - len(before) - 8, b"\0")
    checksum = sum(before) + sum(after) + 8 * ord(" ")
    return b"%s%06o\0 %s" % (before, checksum, after)


def _pax_record(name: bytes) -> bytes:
    """`<length> path=<name>\\n`, where the length counts its own digits too."""
    rest = len(b" path=\n") + len(name)
    length = rest + len(str(rest + len(str(rest))))
    return b"%d path=%s\n" % (length, name)


def _cut(path: str) -> bytes:
    return path.encode("ascii", "replace")[:_SHORT]


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
