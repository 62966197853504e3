"""A directory on disk as a tree: nothing is read before it is asked for, nothing outside of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from shared.manifest.link import LinkError, followed
from shared.manifest.tree import Tree
from shared.problem import Problem


class DiskError(Problem):
    """The disk does not give what it has, or does not take what it is given."""


class DiskTree(Tree):
    """The files below `root`, a directory without links in its path. Symbolic links lead on within
    the tree only. Raises DiskError for files that are there but cannot be read."""

    __slots__ = ("_root", "_targets")

    def __init__(self, root: Path) -> None:
        super().__init__({})
        self._root = root
        self._targets: dict[str, str | None] = {}

    def __getitem__(self, path: str) -> bytes:
        if path not in self:
            raise KeyError(path)
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise DiskError(f"{self._root / path}: {error.strerror}") from error

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and stat.S_ISREG(self._mode(path))

    def __iter__(self) -> Iterator[str]:
        for directory, _, names in os.walk(self._root):
            below = Path(directory).relative_to(self._root)
            paths = ((below / name).as_posix() for name in sorted(names))
            yield from (path for path in paths if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def resolved(self, path: str) -> str:
        """The path that `path` stands for when all links are followed. Raises LinkError where one
        leads out of the tree, or to itself."""
        return followed(path, self._target)

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at `path`, an empty one too."""
        return stat.S_ISDIR(self._mode(path))

    def listing(self, directory: str) -> tuple[str, ...]:
        """The names in a directory, sorted; those of directories end in `/`. No links."""
        if not self.is_directory(directory):
            return ()
        with os.scandir(self._root / directory) as entries:
            return tuple(
                sorted(
                    f"{entry.name}/" if entry.is_dir() else entry.name
                    for entry in entries
                    if not entry.is_symlink()
                )
            )

    def _mode(self, path: str) -> int:
        """What is at a path, 0 for nothing; there is nothing behind a link."""
        try:
            return os.lstat(self._root / path).st_mode if self.resolved(path) == path else 0
        except (OSError, ValueError, LinkError):
            return 0

    def _target(self, path: str) -> str | None:
        if path not in self._targets:
            self._targets[path] = self._read_link(path)
        return self._targets[path]

    def _read_link(self, path: str) -> str | None:
        try:
            target = str((self._root / path).readlink())
        except (OSError, ValueError):
            return None
        if not target.startswith("/"):
            return target
        try:
            return f"/{Path(target).relative_to(self._root).as_posix()}"
        except ValueError:
            raise LinkError(f"'{path}' leads out of {self._root}, to {target}") from None


def root_of(directory: Path) -> Path:
    """The tree that a directory without links in its path belongs to: the git repository that it is
    in, or all of the disk."""
    for above in (directory, *directory.parents):
        if (above / ".git").exists():
            return above
    return Path(directory.anchor)
