"""The files of a source, with its directories, as copies see them. Read-only."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from shared.artifact import archive
from shared.artifact.tarball import order
from source_controller.generator.spool import Spool, Stretch

ROOT = "."

# What a file costs beside its content: the objects for its name and its place.
_OVERHEAD = 300


@dataclass(frozen=True, slots=True)
class File:
    """A file: what is in it, in memory or on the disk, and whether it may be run."""

    content: bytes | Stretch
    executable: bool = False

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size

    def pieces(self) -> Iterator[bytes]:
        """What is in it, piece by piece. Raises ArtifactError."""
        return iter((self.content,)) if isinstance(self.content, bytes) else self.content.pieces()

    def whole(self) -> bytes:
        """All that is in it. Raises ArtifactError."""
        return self.content if isinstance(self.content, bytes) else self.content.whole()

    def digest(self) -> bytes:
        """The SHA-256 of what is in it."""
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).digest()
        return self.content.digest


class Material:
    """Files by path, and the directories that are there without a file in them too. The root is
    `.`, as in Go."""

    def __init__(self, files: Mapping[str, File], directories: frozenset[str] = frozenset()):
        self.files = files
        self._names: dict[str, dict[str, None]] = {ROOT: {}}
        for path in directories:
            self._enter(path)
            self._names.setdefault(path, {})
        for path in files:
            self._enter(path)
        self._sorted: dict[str, list[str]] = {}

    @classmethod
    def unpacked(cls, data: bytes | IO[bytes], spool: Spool) -> Material:
        """What is in an archive, with contents in a spool. Raises ArtifactError where it is none
        that may be believed."""
        files: dict[str, File] = {}
        directories: set[str] = set()
        for found in archive.stream(data):
            if found.pieces is None:
                directories.add(found.path)
            else:
                files[found.path] = File(spool.keep_all(found.pieces), found.executable)
        return cls(files, frozenset(directories))

    def weight(self) -> int:
        """The bytes that this takes, on the disk and in memory, more or less."""
        return sum(file.size + len(path) + _OVERHEAD for path, file in self.files.items())

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at a path."""
        return path in self._names

    def is_there(self, path: str) -> bool:
        """Whether there is anything at a path."""
        return path in self.files or path in self._names

    def listing(self, directory: str) -> list[str]:
        """The names in a directory, sorted; none where there is no such directory."""
        if directory not in self._sorted:
            self._sorted[directory] = sorted(self._names.get(directory, ()))
        return self._sorted[directory]

    def paths(self) -> list[str]:
        """Everything there is, but for the root, in the order of a walk."""
        return sorted({*self.files, *self._names} - {ROOT}, key=order)

    def directories(self) -> list[str]:
        """All directories but the root, in the order of a walk."""
        return sorted(self._names.keys() - {ROOT}, key=order)

    def _enter(self, path: str) -> None:
        """Put a path into the directories above it."""
        for directory, name in _steps(path):
            known = directory in self._names
            self._names.setdefault(directory, {})[name] = None
            if known:
                break


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """From a path up to the root: a directory, and the name in it."""
    while path != ROOT:
        directory, _, name = path.rpartition("/")
        path = directory or ROOT
        yield path, name


def below(directory: str, name: str) -> str:
    """The path of a name in a directory."""
    return name if directory == ROOT else f"{directory}/{name}"


def cleaned(path: str) -> str:
    """A path as Go's filepath.Clean makes it: `a//b/./../c/` is `a/c`, nothing is `.`."""
    found = posixpath.normpath(path)
    # POSIX leaves two slashes in front; Go does not.
    return found[1:] if found.startswith("//") else found
