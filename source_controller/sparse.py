"""A part of a commit's files: those below the directories of `spec.sparseCheckout`. Pure.

As in Flux nothing else is there: a `.sourceignore` outside of the directories does not count, and
files of the root are taken only where the root is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.git.error import GitError
from shared.git.tree import File
from source_controller.content import Files


@dataclass(frozen=True, slots=True)
class Sparse:
    """The files of `whole` that are in some directories, or are named themselves."""

    whole: Files
    directories: tuple[str, ...]

    def listing(self) -> list[File]:
        """The files. Raises GitError with the first directory that the commit does not have."""
        listed = self.whole.listing()
        wanted = {plain(directory): directory for directory in self.directories}
        there = {part for file in listed for part in _lineage(file.path)}
        for path, said in wanted.items():
            if path not in there:
                raise GitError(f"sparse checkout dir '{said}' does not exist in repository")
        return [file for file in listed if not wanted.keys().isdisjoint(_lineage(file.path))]

    def read(self, file: File) -> bytes:
        """What is in a file."""
        return self.whole.read(file)


def plain(path: str) -> str:
    """A path from the root without what says nothing: `./apps//a/` is `apps/a`, `.` is the root,
    which is empty."""
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def _lineage(path: str) -> Iterator[str]:
    """A path, all directories above it, and the root."""
    yield ""
    yield path
    for end, letter in enumerate(path):
        if letter == "/":
            yield path[:end]
