"""A directory that is built: the files in and below it, and the way to other directories.

Nothing outside of the tree can be named, but what may be fetched. Files must be in or below the
directory (unless the options lift that); other directories may be beside it, but not above, which
would go in circles. Symbolic links are followed first: what counts is where a path leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kustomize.problem import BuildError
from kustomize.reading import Reader
from kustomize.remote import is_remote, is_url, repository_of

_DEEPEST = 100
"""Directories that may lead on to others in one chain."""
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory of a tree (`path`, empty for the top), and who led there."""

    reader: Reader
    path: str
    anywhere: bool = False
    referrer: Directory | None = None

    @property
    def where(self) -> str:
        """The directory, for messages."""
        return self.reader.told(self.path)

    def load(self, path: str) -> bytes:
        """A file by its path from here, or its URL. Raises BuildError where it may not or cannot be
        read."""
        if is_url(path):
            return self.reader.outside.file(path)
        if is_remote(path):
            raise BuildError(f"remote resources are not allowed: '{path}'", path=path[:200])
        target = self.place(path)
        content = self.reader.file(target)
        told = self.reader.told(target)
        if content is None:
            if self.reader.is_directory(target):
                raise BuildError(f"'{told}' must resolve to a file", path=target)
            raise BuildError(f"'{told}' doesn't exist: no such file or directory", path=target)
        if not self.anywhere and not _is_in(target, self.path):
            raise BuildError(
                f"security; file '{told}' is not in or below '{self.where}'", path=target
            )
        return content

    def told(self, path: str) -> str:
        """A path from here as it is in the tree, or a URL: what messages name."""
        return path if is_url(path) else self.reader.told(self.place(path))

    def own(self, name: str) -> bytes | None:
        """A file of this directory, or None where there is none that may be read."""
        target = self.reader.resolved(f"{self.path}/{name}" if self.path else name)
        content = self.reader.file(target)
        return content if self.anywhere or _is_in(target, self.path) else None

    def enter(self, path: str) -> Directory:
        """Another directory by its path from here, or one of a git repository. Raises BuildError
        for files, places that may not be entered, and directories that contain one of those that
        led here."""
        if not path:
            raise BuildError("new root cannot be empty")
        if is_remote(path) or repository_of(path):
            return self._fetched(path)
        if path.startswith("/"):
            raise BuildError(f"new root '{path}' cannot be absolute", path=path)
        _refuse_ambiguous(path)
        target = self.place(path)
        _require_directory(self.reader, target)
        self._refuse_circle(target)
        return Directory(self.reader, target, self.anywhere, self)

    def place(self, path: str) -> str:
        """The path in the tree that a path from here leads to, whether anything is there or not.
        Raises BuildError where it leads out of the tree."""
        if len(path) > _LONGEST or "\0" in path:
            raise BuildError(f"the path '{path[:80]!r}' cannot be a path")
        parts = [part for part in self.path.split("/") if part]
        if path.startswith("/"):
            parts, path = [], self._unmounted(path)
        for part in path.split("/"):
            if part == ".." and not parts and self.reader.mounted != "/":
                raise BuildError(f"security; '{path}' leads out of the tree", path=path)
            if part == "..":
                # Nothing is above the top of a disk: there, as anywhere, it leads to the top.
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return self.reader.resolved("/".join(parts))

    def _unmounted(self, path: str) -> str:
        mounted = self.reader.mounted.rstrip("/") + "/"
        if not self.reader.mounted or not path.startswith(mounted):
            raise BuildError(
                f"security; file '{path}' is not in or below '{self.where}'; "
                "paths must be relative",
                path=path,
            )
        return path.removeprefix(mounted)

    def _fetched(self, path: str) -> Directory:
        repository = repository_of(path)
        if repository is None:
            raise BuildError(
                f"remote bases are not allowed in this form: '{path}'", path=path[:200]
            )
        for steps in self._chain():
            earlier = steps.reader.repository
            # As kustomize compares them: by their spellings, and from their beginnings.
            if earlier is not None and earlier.spelled.startswith(path):
                raise BuildError(
                    f"cycle detected: URI '{path}' referenced by previous URI '{earlier.spelled}'"
                )
        reader = self.reader.fetched(repository)
        # What was fetched never reads outside of its directories, whatever the options say.
        top = Directory(reader, "", referrer=self)
        target = top.place(repository.directory)
        _require_directory(reader, target)
        return Directory(reader, target, referrer=self)

    def _chain(self) -> Iterator[Directory]:
        """This directory and those that led here, the last first. Raises BuildError for many."""
        steps: Directory | None = self
        depth = 0
        while steps is not None:
            depth += 1
            if depth > _DEEPEST:
                raise BuildError(f"more than {_DEEPEST} directories lead on to one another")
            yield steps
            steps = steps.referrer

    def _refuse_circle(self, target: str) -> None:
        for steps in self._chain():
            if steps.reader is self.reader and _is_in(steps.path, target):
                raise BuildError(
                    f"cycle detected: candidate root '{self.reader.told(target)}' contains "
                    f"visited root '{steps.where}' (way: {self._way(target)})",
                    path=target,
                )

    def _way(self, target: str) -> str:
        names = [self.reader.told(target), *(steps.where for steps in self._chain())]
        return " → ".join(reversed(names))


def _require_directory(reader: Reader, target: str) -> None:
    if reader.is_directory(target):
        return
    told = reader.told(target)
    if reader.file(target) is not None:
        raise BuildError(f"must build at directory: '{told}': file is not directory", path=target)
    raise BuildError(
        "must build at directory: not a valid directory: "
        f"'{told}' doesn't exist: no such file or directory",
        path=target,
    )


def _refuse_ambiguous(path: str) -> None:
    """Two list entries that bad indentation melted into one: `../base - ../other`."""
    if any(part not in ("", ".", "..") and ".." in part for part in path.split("/")):
        raise BuildError(
            f'path "{path}" is ambiguous: it is likely not the intended target; check for '
            "YAML indentation errors in your kustomization file",
            path=path,
        )


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
