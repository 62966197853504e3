"""What a build does as kustomize does it, although it is hardly what was meant: told, with a place.

docs/kustomize.md has the table of all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kustomize.directory import Directory
from kustomize.kustomization_file import KUSTOMIZATION_FILES
from kustomize.problem import BuildError

MOST = 1_000
"""Warnings of one build that are kept."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: the file it is about, by its path in the tree, and the line from 1 (0 where it
    is not known)."""

    message: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True, slots=True)
class Spot:
    """A file of a directory by its path from there, or the kustomization file itself (empty)."""

    directory: Directory
    path: str = ""

    def place(self, words: tuple[str, ...]) -> tuple[str, int]:
        """The file, and the line on which the last of some words is found, each looked for behind
        the one before it."""
        path, text = self._read()
        return path, line_of(text, words)

    def _read(self) -> tuple[str, str]:
        if self.path:
            content = self.directory.load(self.path)
            return self.directory.told(self.path), content.decode(errors="replace")
        for name in KUSTOMIZATION_FILES:
            own = self.directory.own(name)
            if own is not None:
                path = f"{self.directory.path}/{name}".lstrip("/")
                return self.directory.reader.told(path), own.decode(errors="replace")
        raise BuildError(f"'{self.directory.where}' has no kustomization file")


def line_of(text: str, words: tuple[str, ...]) -> int:
    """The line, from 1, on which the last of some words is found, each looked for behind the one
    before it; a word that is not there is passed over."""
    at = 0
    for word in words:
        found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(text, at)
        at = found.start() if found else at
    return text.count("\n", 0, at) + 1


class Warnings:
    """Collects the warnings of one build, each once."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[Warned, None] = {}

    def add(self, message: str, spot: Spot, *words: str) -> None:
        """Warn of something at the place that `words` lead to."""
        if len(self._found) < MOST:
            self.add_at(message, *spot.place(words))

    def add_at(self, message: str, path: str, line: int) -> None:
        """Warn of something on a line of a file; 0 where the line is not known."""
        if len(self._found) < MOST:
            self._found[Warned(message, path, line)] = None

    def all(self) -> tuple[Warned, ...]:
        """All so far, in the order in which they came up."""
        return tuple(self._found)

    def clear(self) -> None:
        """Forget them."""
        self._found.clear()
