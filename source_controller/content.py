"""From the files of a commit to the entries of a tarball, without what the rules leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol

from shared.artifact.path import above
from shared.artifact.tarball import Entry, Known, Packed, Sink, order, write
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
    """Write the tarball of a commit: see `entries_of`. Raises IgnoreError, ArtifactError,
    GitError."""
    write(entries_of(files, ignore, directories, packed), sink)


def entries_of(
    files: Files,
    ignore: str | None,
    directories: Iterable[str] = (),
    packed: Callable[[File], Packed] | None = None,
) -> Iterator[Packed]:
    """What is in the tarball of a commit, in its order. `ignore`: the patterns of `spec.ignore`.
    `directories`: those that are there although nothing may be in them. `packed`: a file as it is
    packed, where it is not just read and held as a whole. Raises IgnoreError, GitError."""
    listed = files.listing()
    rules = rules_of(_ignore_files(files, listed), ignore)
    whole = packed or (lambda file: Entry(file.path, files.read(file), file.executable))
    return (_packed(*one, whole) for one in _entries(listed, directories, rules))


def known(files: Files, file: File) -> Packed:
    """A file of a commit as it is packed: read only where it has to be. Those that have been put
    beside the commit's own have no name to be known by."""
    if not file.blob:
        return Entry(file.path, files.read(file), file.executable)
    return Known(file.path, file.blob, partial(files.read, file), file.executable)


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
        directories.update(above(path, directories))
    by_path: dict[str, File | None] = dict.fromkeys(directories)
    by_path |= {file.path: file for file in listed}
    for path in sorted(by_path, key=order):
        file = by_path[path]
        if not rules.ignores(path, is_directory=file is None):
            yield path, file
