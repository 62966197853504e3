"""A directory that is built: the files in and below it, and the way to other directories.

Nothing outside of the tree can be named. Files must be in or below the directory (unless the
options lift that); other directories may be beside it, but not above, which would go in circles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kustomize.problem import BuildError
from kustomize.reading import Reader

_SCHEME = re.compile(
    r"^(?:git::)?[a-zA-Z][a-zA-Z0-9+.-]*://|^git::|^(?:gh|github\.com)[:/]|^[^/]+@[^/]+:"
)
_DEEPEST = 100
"""Directories that may lead on to others in one chain."""
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory of the tree (`path`, empty for the top), and who led there."""

    reader: Reader
    path: str
    anywhere: bool = False
    referrer: Directory | None = None

    def load(self, path: str) -> bytes:
        """A file by its path from here. Raises BuildError where it may not or cannot be read."""
        if is_remote(path):
            raise BuildError(f"remote resources are not allowed: '{path}'", path=path[:200])
        target = self._inside(path)
        content = self.reader.file(target)
        if content is None:
            if self.reader.is_directory(target):
                raise BuildError(f"'{target or '.'}' must resolve to a file", path=target)
            raise BuildError(f"'{target}' doesn't exist: no such file or directory", path=target)
        if not self.anywhere and not _is_in(target, self.path):
            raise BuildError(
                f"security; file '{target}' is not in or below '{self.path or '.'}'", path=target
            )
        return content

    def enter(self, path: str) -> Directory:
        """Another directory by its path from here. Raises BuildError for files, remote places,
        and directories that contain one of those that led here."""
        if not path:
            raise BuildError("new root cannot be empty")
        if is_remote(path):
            raise BuildError(f"remote bases are not allowed: '{path}'", path=path[:200])
        if path.startswith("/"):
            raise BuildError(f"new root '{path}' cannot be absolute", path=path)
        self._refuse_ambiguous(path)
        target = self._inside(path)
        if not self.reader.is_directory(target):
            if self.reader.file(target) is not None:
                raise BuildError(
                    f"must build at directory: '{target}': file is not directory", path=target
                )
            raise BuildError(
                "must build at directory: not a valid directory: "
                f"'{target}' doesn't exist: no such file or directory",
                path=target,
            )
        self._refuse_circle(target)
        return Directory(self.reader, target, self.anywhere, self)

    def _inside(self, path: str) -> str:
        if len(path) > _LONGEST or "\0" in path:
            raise BuildError(f"the path '{path[:80]!r}' cannot be a path")
        parts = [] if path.startswith("/") else [part for part in self.path.split("/") if part]
        for part in path.split("/"):
            if part == ".." and not parts:
                raise BuildError(f"security; '{path}' leads out of the tree", path=path)
            if part == "..":
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        if path.startswith("/"):
            raise BuildError(
                f"security; file '{path}' is not in or below '{self.path or '.'}'; "
                "paths must be relative",
                path=path,
            )
        return "/".join(parts)

    def _refuse_circle(self, target: str) -> None:
        steps: Directory | None = self
        depth = 0
        while steps is not None:
            depth += 1
            if _is_in(steps.path, target):
                raise BuildError(
                    f"cycle detected: candidate root '{target or '.'}' contains visited root "
                    f"'{steps.path or '.'}' (way: {self._way(target)})",
                    path=target,
                )
            steps = steps.referrer
        if depth > _DEEPEST:
            raise BuildError(f"more than {_DEEPEST} directories lead on to one another")

    def _way(self, target: str) -> str:
        names = [target or "."]
        steps: Directory | None = self
        while steps is not None:
            names.append(steps.path or ".")
            steps = steps.referrer
        return " → ".join(reversed(names))

    def _refuse_ambiguous(self, path: str) -> None:
        """Two list entries that bad indentation melted into one: `../base - ../other`."""
        if any(part not in ("", ".", "..") and ".." in part for part in path.split("/")):
            raise BuildError(
                f'path "{path}" is ambiguous: it is likely not the intended target; check for '
                "YAML indentation errors in your kustomization file",
                path=path,
            )


def is_remote(path: str) -> bool:
    """Whether a path names a place outside of the tree: a URL, or a git repository in any form."""
    return _SCHEME.search(path) is not None


def normal(directory: str) -> str:
    """A directory as the tree names it: `./apps/` → `apps`. Raises BuildError outside the tree."""
    parts: list[str] = []
    for part in directory.split("/"):
        if part == ".." and not parts:
            raise BuildError(f"'{directory}' is not in the tree", path=directory)
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_in(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")
