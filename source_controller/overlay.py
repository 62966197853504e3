"""Files of a commit with other files beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.artifact.tarball import Entry
from shared.git.tree import File
from source_controller.content import Files


@dataclass(frozen=True, slots=True)
class Overlay:
    """`below`, and what was added: entries with content by their paths."""

    below: Files
    added: Mapping[str, Entry]

    def listing(self) -> list[File]:
        """All files."""
        added = [File(path, entry.executable, b"") for path, entry in self.added.items()]
        return [*self.below.listing(), *added]

    def read(self, file: File) -> bytes:
        """What is in a file."""
        entry = self.added.get(file.path)
        return self.below.read(file) if entry is None else entry.content or b""


def is_free(path: str, files: Files) -> bool:
    """Whether something can be put at a path: no file or directory is there, and no file where its
    directories would be."""
    return not any(
        file.path == path or file.path.startswith(f"{path}/") or path.startswith(f"{file.path}/")
        for file in files.listing()
    )
