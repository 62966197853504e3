"""The tarball that an artifact is: the same files always make the same bytes. Pure.

Packing follows Flux (flux.md 1.8): directories before what is in them, in the order of a walk, from
the root entry `.` on; no owners, no times; modes 0750, 0600 and 0700; gzip without name and time.
Entries are compressed in runs, each by itself: a run in which nothing has changed need be neither
read nor compressed anew. Reading is in `shared/artifact/archive.py`.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby

from shared.artifact.error import ArtifactError
from shared.artifact.path import above, checked
from shared.artifact.piece import Gzip, Recall, Sink

__all__ = ["Entry", "Known", "Packed", "Sink", "Streamed", "order", "pack", "write"]

DIRECTORY_MODE, FILE_MODE, EXECUTABLE_MODE = 0o750, 0o600, 0o700

_BLOCK = 512
_SHORT = 100
_NOBODY = b"0000000\0"
# Entries of a run: as many as are worth compressing together, and never more than so many.
_RUN, _LONGEST_RUN = 32, 128


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


@dataclass(frozen=True, slots=True)
class Known:
    """A file of a tarball that need not be read where it was packed before. `mark`: tells its
    content from any other of the same origin; `read`: gives it."""

    path: str
    mark: bytes
    read: Callable[[], bytes]
    executable: bool = False


Packed = Entry | Known | Streamed


def order(path: str) -> tuple[str, ...]:
    """The key by which a walk through directories comes upon paths."""
    return tuple(path.split("/"))


def pack(entries: Iterable[Entry]) -> bytes:
    """A tarball, gzipped. Entries come in any order. Raises ArtifactError for a path that nobody
    would read."""
    sink = io.BytesIO()
    write(sorted(entries, key=lambda entry: order(entry.path)), sink)
    return sink.getvalue()


def write(entries: Iterable[Packed], sink: Sink, recall: Recall | None = None) -> None:
    """Write a tarball, gzipped, entry by entry. Entries come in the order of `order`; directories
    that are not among them are added. `recall`: what was packed before; it changes nothing of what
    is written. Raises ArtifactError for a path that nobody would read, or that comes twice, or a
    file that is not as long as it said."""
    gzip = Gzip(sink)
    whole = chain((Entry(".", None),), _with_directories(entries))
    for _, run in groupby(whole, _Runs()):
        _write_run(run, gzip, recall)
    gzip.squeeze((bytes(2 * _BLOCK),))
    gzip.close()


class _Runs:
    """Gives each entry the number of its run. Where one begins is a matter of the paths nearby, so
    that a file that is new moves few others into another run."""

    def __init__(self) -> None:
        self._number = self._entries = 0

    def __call__(self, entry: Packed) -> int:
        if self._entries >= _LONGEST_RUN or zlib.crc32(entry.path.encode()) % _RUN == 0:
            self._number += 1
            self._entries = 0
        self._entries += 1
        return self._number


def _write_run(run: Iterator[Packed], gzip: Gzip, recall: Recall | None) -> None:
    """Put in what is remembered of a run, or else compress it: none of its files is held longer
    than it takes, as there may be any number of large ones."""
    if recall is None:
        gzip.squeeze(chain.from_iterable(map(_parts, run)))
        return
    ahead = list[Entry | Known]()
    for entry in run:
        if isinstance(entry, Streamed) or (isinstance(entry, Entry) and entry.content is not None):
            whole = chain(ahead, (entry,), run)
            gzip.squeeze(chain.from_iterable(map(_parts, whole)))
            return
        ahead.append(entry)
    _write_known(ahead, gzip, recall)


def _write_known(run: list[Entry | Known], gzip: Gzip, recall: Recall) -> None:
    """The same for directories, and files that are known by their marks."""
    name = _name(run, recall.origin)
    if piece := recall.pieces.find(name):
        recall.passed(piece.content)
        gzip.add(piece)
        return
    sizes = list[int]()

    def parts() -> Iterator[bytes]:
        for entry in map(_read, run):
            sizes.append(_size(entry) or 0)
            yield from _parts(entry)

    if made := gzip.squeeze(parts()):
        recall.pieces.add(name, replace(made, content=sum(sizes)))


def _name(run: list[Entry | Known], origin: str) -> bytes:
    """Of the piece that a run makes: of two that differ in any way it is not the same."""
    words = [origin.encode()]
    for entry in run:
        mark = (
            (b"x" if entry.executable else b"-") + entry.mark if isinstance(entry, Known) else b""
        )
        words += (entry.path.encode(), mark)
    return hashlib.sha256(b"\0".join(words)).digest()


def _read(entry: Packed) -> Entry | Streamed:
    """A file as it is written."""
    if isinstance(entry, Known):
        return Entry(entry.path, entry.read(), entry.executable)
    return entry


def _parts(packed: Packed) -> Iterator[bytes]:
    """The bytes of an entry. Raises ArtifactError for a file that is not as long as it said."""
    entry = _read(packed)
    yield _header(entry.path, entry)
    size = 0
    for piece in _content(entry):
        yield piece
        size += len(piece)
    if size != (_size(entry) or 0):
        raise ArtifactError(f"{entry.path!r} changed its length while it was packed")
    yield bytes(-size % _BLOCK)


def _content(entry: Entry | Streamed) -> Iterable[bytes]:
    if isinstance(entry, Streamed):
        return entry.pieces()
    return (entry.content,) if entry.content else ()


def _size(entry: Entry | Streamed) -> int | None:
    """The bytes of a file; None for a directory."""
    if isinstance(entry, Streamed):
        return entry.size
    return None if entry.content is None else len(entry.content)


def _with_directories(entries: Iterable[Packed]) -> Iterator[Packed]:
    known: set[str] = set()
    for entry in entries:
        path = checked(entry.path)
        new = above(path, known)
        known.update(new)
        yield from (Entry(directory, None) for directory in reversed(new))
        if path in known and not _is_directory(entry):
            raise ArtifactError(f"the archive would have two entries named {path!r}")
        if path not in known:
            known.add(path)
            yield entry


def _is_directory(entry: Packed) -> bool:
    return isinstance(entry, Entry) and entry.content is None


def _header(path: str, entry: Entry | Streamed) -> bytes:
    """The header of a file or of a directory, whose name does not end in a slash, as Flux's do."""
    size, is_directory = _size(entry), _is_directory(entry)
    mode = DIRECTORY_MODE if is_directory else FILE_MODE
    if entry.executable and not is_directory:
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
