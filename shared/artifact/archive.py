"""Reading a tarball that somebody else may have made. Nothing is written anywhere. Pure.

Our own reader, since Python's trusts what headers say (negative sizes, links, overriding names). It
understands files and directories, with the long names of pax and GNU, and refuses the rest, except
symbolic links, which it leaves out as Flux does (flux.md 1.9).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from shared.artifact.error import ArtifactError
from shared.artifact.gunzip import CHUNK, MIB, Gunzip
from shared.artifact.path import LONGEST, checked
from shared.artifact.tarball import Entry
from shared.manifest.tree import Tree

__all__ = ["MIB", "Limits", "Passing", "entries", "read", "stream", "walk"]

_BLOCK = 512
_FILES, _DIRECTORY, _SYMLINK = frozenset((0, ord("0"), ord("7"))), ord("5"), ord("2")
_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK = ord("x"), ord("g"), ord("L"), ord("K")
_MOST_EXTRA = 1 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an archive may hold. `size`: bytes, unpacked, headers included."""

    size: int = 1024 * MIB
    entries: int = 500_000


def read(data: bytes, limits: Limits | None = None) -> Tree:
    """The files of a gzipped tarball. Raises ArtifactError where it is broken, excessive, or tries
    to be more than files and directories."""
    found = walk(data, limits)
    return Tree({entry.path: entry.content for entry in found if entry.content is not None})


def entries(data: bytes, limits: Limits | None = None) -> list[Entry]:
    """The same files, with what may be run told apart. Raises ArtifactError as `read` does."""
    found = walk(data, limits)
    return [entry for entry in found if entry.content is not None]


def walk(data: bytes | IO[bytes], limits: Limits | None = None) -> Iterator[Entry]:
    """Files and directories one after the other, in the order of the archive, one held at a time;
    of an archive in memory, or in a file, which is read from where it stands. Raises ArtifactError
    as `read` does, for what the whole has to be at the end: nothing of it may be believed
    before."""
    for found in stream(data, limits):
        content = None if found.pieces is None else b"".join(found.pieces)
        yield Entry(found.path, content, found.executable)


@dataclass(frozen=True, slots=True)
class Passing:
    """A file that comes by. `pieces`: its content, to be had until the next one is asked for; None
    stands for a directory."""

    path: str
    pieces: Iterator[bytes] | None
    executable: bool = False


def stream(data: bytes | IO[bytes], limits: Limits | None = None) -> Iterator[Passing]:
    """The same as `walk` gives, of which not even a single file is held. Raises as `walk` does,
    from the pieces too."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    return _Reader(file, limits or Limits()).entries()


class _Reader:
    """Walks once through an archive."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        self._stream = Gunzip(file, limits.size)
        self._limits = limits
        self._files: set[str] = set()
        self._directories: set[str] = set()
        # What the next header's name and size are overridden with.
        self._name: bytes | None = None
        self._size: int | None = None
        # What has not come by of the file that comes by.
        self._left = 0

    def entries(self) -> Iterator[Passing]:
        """Files, and directories that are entries themselves, the root not among them."""
        count = 0
        while header := self._header():
            count += 1
            if count > self._limits.entries:
                raise ArtifactError(f"the archive has more than {self._limits.entries} entries")
            if found := self._take(header):
                yield found
                self._pass_over()
        self._stream.finish()
        for path in (*self._files, *self._directories):
            self._refuse_files_as_directories(path)

    def _header(self) -> bytes | None:
        """The next header; None at the end of the archive."""
        header = self._stream.read(_BLOCK)
        if not any(header):
            return None
        if len(header) < _BLOCK:
            raise ArtifactError("the archive ends too early")
        stated = _number(header[148:156])
        if stated != sum(header) - sum(header[148:156]) + 8 * 32:
            raise ArtifactError("the archive has a header that is damaged")
        return header

    def _take(self, header: bytes) -> Passing | None:
        """What a header stands for; None where that is nothing by itself."""
        kind = header[156]
        if kind in {_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK}:
            self._take_extra(kind, self._extra(header))
            return None
        name, size = self._name or _name(header), self._size
        self._name = self._size = None
        path = _path(name)
        if kind in _FILES:
            self._size = _number(header[124:136]) if size is None else size
            self._left = self._stream.expect(self._size)
            self._add(path)
            return Passing(path, self._pieces(), _may_be_run(header[100:108]))
        if kind == _DIRECTORY:
            self._directories.add(path)
            return Passing(path, None) if path else None
        if kind != _SYMLINK:
            raise ArtifactError(
                f"the archive has {path!r}, which is neither a file nor a directory"
            )
        return None

    def _extra(self, header: bytes) -> bytes:
        size = _number(header[124:136])
        if size > _MOST_EXTRA:
            raise ArtifactError("the archive has a header that is too long")
        return self._content(size)

    def _take_extra(self, kind: int, extra: bytes) -> None:
        """Headers that say more of the next entry."""
        if kind == _LONG_NAME:
            self._name = extra.rstrip(b"\0")
        elif kind == _PAX:
            records = _records(extra)
            self._name = records.get(b"path", self._name)
            if b"size" in records:
                self._size = _decimal(records[b"size"])

    def _content(self, size: int) -> bytes:
        content = self._whole(size)
        self._whole(-size % _BLOCK)
        return content

    def _pieces(self) -> Iterator[bytes]:
        """What has not come by yet of the content of a file."""
        while self._left:
            piece = self._whole(min(self._left, CHUNK))
            self._left -= len(piece)
            yield piece

    def _pass_over(self) -> None:
        """Come to the next header, however much of a content was wanted."""
        for _ in self._pieces():
            pass
        self._whole(-(self._size or 0) % _BLOCK)
        self._size = None

    def _whole(self, size: int) -> bytes:
        """The next `size` bytes, and no fewer."""
        taken = self._stream.read(size)
        if len(taken) < size:
            raise ArtifactError("the archive ends too early")
        return taken

    def _add(self, path: str) -> None:
        if not path or path in self._files:
            raise ArtifactError(f"the archive has two files named {path!r}")
        self._files.add(path)

    def _refuse_files_as_directories(self, path: str) -> None:
        above = (path[:end] for end, letter in enumerate(path) if letter == "/")
        is_both = path in self._files and path in self._directories
        if is_both or any(map(self._files.__contains__, above)):
            raise ArtifactError(f"the archive has {path!r} as a file and as a directory")


def _may_be_run(mode: bytes) -> bool:
    """Whether a mode, in octal digits, lets the owner run the file. What is none does not."""
    owner = mode.strip(b"\0 ")[-3:-2]
    return owner in {b"1", b"3", b"5", b"7"}


def _name(header: bytes) -> bytes:
    """The name as the header itself has it: POSIX splits a long one into two fields."""
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _path(name: bytes) -> str:
    """A name as a path: without `./` in front and `/` behind; the root is the empty string."""
    if len(name) > LONGEST:
        raise ArtifactError(f"the archive has a path of more than {LONGEST} bytes")
    try:
        path = name.decode()
    except UnicodeDecodeError:
        raise ArtifactError(f"the archive has a name that is not UTF-8: {name!r}") from None
    path = path.removeprefix("./").removesuffix("/") if path not in {".", "./"} else ""
    return checked(path) if path or name not in {b".", b"./"} else path


def _number(field: bytes) -> int:
    """A number of a header: octal digits, or GNU's binary form."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not all(digit in b"01234567" for digit in digits):
        raise ArtifactError("the archive has a header that is damaged")
    return int(digits or b"0", 8)


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 18:
        raise ArtifactError("the archive has a header that is damaged")
    return int(text)


def _records(extra: bytes) -> dict[bytes, bytes]:
    """pax records: `<length> <key>=<value>\\n`, one after the other."""
    records: dict[bytes, bytes] = {}
    while extra:
        length, space, _ = extra[:20].partition(b" ")
        size = _decimal(length) if space else 0
        record = extra[len(length) + 1 : size]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n") or size > len(extra):
            raise ArtifactError("the archive has a header that is damaged")
        if key.startswith(b"GNU.sparse"):
            raise ArtifactError("the archive has a sparse file, which is not supported")
        records[key] = value[:-1]
        extra = extra[size:]
    return records
