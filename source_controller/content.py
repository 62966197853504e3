"""From the files of a commit to the entries of a tarball, without what the rules leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from shared.artifact.tarball import Entry, Packed, Sink, order, write
from shared.git.tree import File
from source_controller.ignore import FILE, IgnoreError, Rules, rules_of

LONGEST_IGNORE_FILE = 1024 * 1024


class Files(Protocol):
    """The files of a commit (shared.git.tree.Content)."""

    def listing(self) -> list[File]:
        """All of them."""

    def read(self, file: File) -> bytes:
        """What is in one."""


def pack(
    files: Files,
    ignore: str | None,
    sink: Sink,
    directories: Iterable[str] = (),
    packed: Callable[[File], Packed] | None = None,
) -> None:
    """Write the tarball of a commit. `ignore`: the patterns of `spec.ignore`. `directories`: those
    that are there although nothing may be in them. `packed`: a file as it is packed, where none is
    to be held as a whole. Raises IgnoreError, ArtifactError, GitError."""
    listed = files.listing()
    rules = rules_of(_ignore_files(files, listed), ignore)
    whole = packed or (lambda file: Entry(file.path, files.read(file), file.executable))
    write((_packed(*one, whole) for one in _entries(listed, directories, rules)), sink)


def _packed(path: str, file: File | None, whole: Callable[[File], Packed]) -> Packed:
    return Entry(path, None) if file is None else whole(file)


def _ignore_files(files: Files, listed: list[File]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in listed:
        if file.path.rpartition("/")[2] == FILE:
            found[file.path] = files.read(file)
            if len(found[file.path]) > LONGEST_IGNORE_FILE:
                raise IgnoreError(f"{file.path!r} is larger than {LONGEST_IGNORE_FILE} bytes")
    return found


def _entries(
    listed: list[File], empty: Iterable[str], rules: Rules
) -> Iterator[tuple[str, File | None]]:
    """Files that are not left out, and directories that are not, even where nothing is left in
    them: Flux's archives have those too (flux.md 1.8)."""
    directories = set(empty)
    for path in (*directories, *(file.path for file in listed)):
        directories.update(path[:end] for end, letter in enumerate(path) if letter == "/")
    by_path: dict[str, File | None] = dict.fromkeys(directories)
    by_path |= {file.path: file for file in listed}
    for path in sorted(by_path, key=order):
        file = by_path[path]
        if not rules.ignores(path, is_directory=file is None):
            yield path, file
