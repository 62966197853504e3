"""Artifacts on the local disk: `<root>/<kind>/<namespace>/<name>/<file>`, on the local disk.

A file appears under its name only when it is whole and on the disk: a crash at any moment leaves
either all of it or none (reliability-security.md 1.2, F-20 to F-22). Blocking: call it in a thread.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from shared.artifact.counting import Counting, Stored, reported
from shared.artifact.digest import DEFAULT, check, hasher, parse, verify
from shared.artifact.error import ArtifactNotFound, ArtifactUnreadable
from shared.artifact.place import place_of_file, place_of_object
from shared.artifact.retention import Kept, Retention, garbage
from shared.artifact.tarball import Sink
from shared.reconcile.clock import Clock

MOST_LOOKED_AT = 1_000

_UNFINISHED = ".unfinished-"
_STORING = "unable to archive artifact to storage"
CHUNK = 256 * 1024
"""Bytes that are read at once."""


@dataclass(frozen=True, slots=True)
class Store:
    """The artifacts of one process."""

    root: Path
    clock: Clock
    algorithm: str = DEFAULT
    retention: Retention = field(default_factory=Retention)

    def put(self, path: str, write: Callable[[Sink], None]) -> Stored:
        """Store a file; `write` produces what is in it. What was there before is replaced in one
        step, at the end. Raises ArtifactError."""
        target = self.path(path)
        with reported(_STORING):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            with _unfinished(target) as unfinished:
                sink = Counting(unfinished, self.algorithm, _STORING)
                write(sink)
                unfinished.flush()
                os.fsync(unfinished.fileno())
                Path(unfinished.name).replace(target)
            _sync_directory(target.parent)
        return sink.stored()

    def path(self, path: str) -> Path:
        """Where a file is on this machine, whether or not it is there. Raises ArtifactError where
        the path is not one of ours."""
        return self.root / place_of_file(path)

    def verify(self, path: str, digest: str) -> None:
        """Raises ArtifactNotFound where there is no such file, ArtifactUnreadable where it cannot
        be told, and ArtifactError where its content is not what the digest was made of."""
        algorithm, _ = parse(digest)
        made = hasher(algorithm)
        with _asked(path), self.path(path).open("rb") as file:
            while chunk := file.read(CHUNK):
                made.update(chunk)
        check(made, digest)

    def read(self, path: str, digest: str) -> bytes:
        """What is in a file, if it is what the digest was made of. Raises as `verify` does."""
        with _asked(path):
            data = self._file(path).read_bytes()
        verify(data, digest)
        return data

    def size(self, path: str) -> int:
        """The bytes of a file. Raises ArtifactNotFound, ArtifactUnreadable."""
        with _asked(path):
            return self._file(path).stat().st_size

    def opened(self, path: str, start: int) -> BinaryIO:
        """A file, open for reading from a byte on; whoever asks for it closes it. Raises
        ArtifactNotFound, ArtifactUnreadable."""
        with _asked(path):
            file = self._file(path).open("rb")
            file.seek(start)
            return file

    def some(self, file: BinaryIO, most: int) -> bytes:
        """More of an open file; nothing at its end. Raises ArtifactUnreadable."""
        with _asked("the artifact"):
            return file.read(most)

    def discard(self, path: str) -> None:
        """Remove a file, if it is there. Raises ArtifactError."""
        with reported("failed to remove artifact"):
            self.path(path).unlink(missing_ok=True)

    def collect(self, current: str) -> list[str]:
        """Remove what retention lets go of beside the file `current`; the names of what is gone."""
        file = self.path(current)
        now = self.clock.now().timestamp()
        with reported("garbage collection of artifacts failed"):
            names = garbage(_kept(file.parent), file.name, self.retention, now)
            for name in names:
                (file.parent / name).unlink(missing_ok=True)
        return names

    def remove(self, directory: str) -> bool:
        """Remove all files of an object, `<kind>/<namespace>/<name>`; whether there were any."""
        target = self.root / place_of_object(directory)
        with reported("garbage collection for deleted resource failed"):
            there = target.is_dir()
            if there:
                shutil.rmtree(target)
        return there

    def sweep(self) -> None:
        """Remove what a process that was killed left unfinished. For the start, before `put`."""
        for leftover in self.root.glob(f"*/*/*/{_UNFINISHED}*"):
            leftover.unlink(missing_ok=True)

    def _file(self, path: str) -> Path:
        """The place of a file that is one: what a link leads to is not ours to give out."""
        file = self.path(path)
        if not stat.S_ISREG(file.lstat().st_mode):
            raise ArtifactNotFound(f"{path} is not in storage")
        return file


@contextmanager
def _unfinished(target: Path) -> Iterator[BinaryIO]:
    """A file beside the target that only its owner can read; gone again if it is not renamed."""
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=target.parent)
    os.close(handle)
    try:
        with Path(name).open("wb") as file:
            yield file
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _kept(directory: Path) -> list[Kept]:
    found: list[Kept] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                found.append(Kept(entry.stat(follow_symlinks=False).st_mtime, entry.name))
            if len(found) >= MOST_LOOKED_AT:
                break
    return found


@contextmanager
def _asked(path: str) -> Iterator[None]:
    """The system's errors at reading as ours."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactNotFound(f"{path} is not in storage") from None
    except OSError as error:
        raise ArtifactUnreadable(f"{path} cannot be read: {error.strerror}") from None
