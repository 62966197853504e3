"""What an artifact is put together of, as it grows. Nothing is on a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.artifact.path import checked
from shared.artifact.tarball import Entry, Packed, Streamed, order
from source_controller.generator.material import ROOT, File, cleaned
from source_controller.generator.problem import CompositionError
from source_controller.generator.spool import Spool

MOST_BYTES = 1024 * 1024 * 1024
MOST_PATHS = 500_000


@dataclass(slots=True)
class Stage:
    """The files of an artifact, by path, and its directories. Whatever is put into it lies within
    it. `spool`: where contents go that no source has; None: into memory."""

    files: dict[str, File] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    size: int = 0
    spool: Spool | None = None

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at a path; the root always is one."""
        return path == ROOT or path in self.directories

    def make(self, path: str) -> None:
        """Make a directory, and those above it. Raises CompositionError where a file is there, and
        ArtifactError for a path that nobody would read."""
        if path == ROOT:
            return
        for end in (at for at, letter in enumerate(f"{path}/") if letter == "/"):
            if path[:end] in self.files:
                raise CompositionError(f"'{path[:end]}' is a file and cannot be a directory too")
        if path not in self.directories:
            checked(path)
            self.directories.update(_lineage(path))
            self._check()

    def put(self, path: str, file: File) -> None:
        """Put a file in, in place of what was there. Raises as `make` does."""
        if self.is_directory(path):
            raise CompositionError(f"'{path}' is a directory and cannot be a file too")
        self.make(path.rpartition("/")[0] or ROOT)
        before = self.files.get(path)
        self.size += file.size - (before.size if before else 0)
        self.files[checked(path)] = file
        self._check()

    def made(self, content: bytes, *, executable: bool) -> File:
        """A file of a content that no source has."""
        return File(self.spool.keep(content) if self.spool else content, executable)

    def entries(self) -> Iterator[Packed]:
        """Everything, in the order of a tarball."""
        for path in self._paths():
            file = self.files.get(path)
            if file is None:
                yield Entry(path, None)
            else:
                yield Streamed(path, file.size, file.pieces, file.executable)

    def digest(self) -> str:
        """What tells this content from any other, in hexadecimal digits: the same files at the same
        paths always have the same."""
        whole = hashlib.sha256()
        for path in self._paths():
            file = self.files.get(path)
            kind = b"d" if file is None else b"x" if file.executable else b"f"
            content = file.digest() if file else b""
            whole.update(b"%s %d %s %s" % (kind, len(path), path.encode(), content))
        return whole.hexdigest()

    def _paths(self) -> list[str]:
        return sorted({*self.files, *self.directories}, key=order)

    def _check(self) -> None:
        if self.size > MOST_BYTES:
            raise CompositionError(f"the artifact has more than {MOST_BYTES} bytes")
        if len(self.files) + len(self.directories) > MOST_PATHS:
            raise CompositionError(f"the artifact has more than {MOST_PATHS} files")


def within(*parts: str) -> str:
    """Paths joined as Go's filepath.Join does. Raises CompositionError where that leads out."""
    path = cleaned("/".join(part for part in parts if part))
    if path.startswith(("../", "/")) or path == "..":
        raise CompositionError(f"'{'/'.join(parts)[:300]}' leads out of the artifact")
    return path


def _lineage(path: str) -> Iterator[str]:
    """A directory, and all above it but the root."""
    while path:
        yield path
        path = path.rpartition("/")[0]
