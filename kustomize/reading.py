"""What a build read: enough to tell that another tree would build the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from kustomize.problem import BuildError
from shared.manifest.tree import Tree

MOST_BYTES = 512 << 20
"""Bytes that one build may read, a file that is read twice counted twice."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Every file that was opened with its SHA-256 (hex), every directory that had to be one, and
    every path that had to be missing. Paths are those of the tree."""

    files: Mapping[str, str]
    directories: frozenset[str]
    absences: frozenset[str]

    def still_hold(self, tree: Tree) -> bool:
        """Whether a build of `tree` with the same directory and options has the same result."""
        return self._have_places(tree) and all(
            path in tree and _digest(tree[path]) == own for path, own in self.files.items()
        )

    def changed(self, tree: Tree) -> frozenset[str] | None:
        """The files that have other contents in `tree`; None where more than that is different."""
        if not self._have_places(tree) or not all(path in tree for path in self.files):
            return None
        return frozenset(path for path, own in self.files.items() if _digest(tree[path]) != own)

    def with_files(self, contents: Mapping[str, bytes]) -> Readings:
        """The same with other contents of some files."""
        digests = {path: _digest(content) for path, content in contents.items()}
        return replace(self, files={**self.files, **digests})

    def _have_places(self, tree: Tree) -> bool:
        """Whether what was a directory is one and no file, and what was missing is missing."""
        are_directories = all(
            tree.is_directory(path) and path not in tree for path in self.directories
        )
        return are_directories and not any(
            path in tree or tree.is_directory(path) for path in self.absences
        )


@dataclass(slots=True)
class Reader:
    """Reads a tree and remembers what the answers were."""

    tree: Tree
    _files: dict[str, str] = field(default_factory=dict)
    _directories: set[str] = field(default_factory=set)
    _absences: set[str] = field(default_factory=set)
    _repeated: set[str] = field(default_factory=set)
    _bytes: int = 0

    def file(self, path: str) -> bytes | None:
        """The contents of a file, or None where there is none."""
        content = self.tree.get(path)
        if content is None:
            self.is_directory(path)
            return None
        self._bytes += len(content)
        if self._bytes > MOST_BYTES:
            raise BuildError(f"a build may not read more than {MOST_BYTES} bytes", path=path)
        if path in self._files:
            self._repeated.add(path)
        else:
            self._files[path] = _digest(content)
        return content

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at `path`."""
        if self.tree.is_directory(path):
            self._directories.add(path)
            return True
        if path in self.tree:
            self.file(path)
        else:
            self._absences.add(path)
        return False

    def repeated(self) -> frozenset[str]:
        """The files that were read more than once."""
        return frozenset(self._repeated)

    def readings(self) -> Readings:
        """All that was read so far."""
        return Readings(dict(self._files), frozenset(self._directories), frozenset(self._absences))


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
