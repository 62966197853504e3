"""The files of a commit, read from an object store. Nothing is checked out.

Every object is checked against its own name when it is read. A tree that could not be checked out
safely is refused as a whole (reliability-security.md G-04): `..`, `.git` in any disguise, a slash
within a name, two entries of one name. Symbolic links and submodules are left out, as Flux leaves
them out of its artifacts.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from dulwich.object_store import BaseObjectStore, DiskObjectStore, PackBasedObjectStore
from dulwich.objects import S_ISGITLINK, ObjectID, parse_tree
from dulwich.pack import Pack

from shared.git.deadline import MIB, Limits
from shared.git.error import GitError

BLOB, TREE = 3, 2
_NAMES = {BLOB: b"blob", TREE: b"tree"}
# Code points that HFS+ ignores, so that `.g\u200cit` is `.git` there.
_IGNORED = dict.fromkeys(
    (*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a commit: its path, whether it may be run, and the object with its content."""

    path: str
    executable: bool
    blob: bytes


class Content:
    """The files of one tree."""

    def __init__(self, store: BaseObjectStore, tree: bytes, limits: Limits) -> None:
        self._store = store
        self._tree = tree
        self._limits = limits
        self._packs = _largest_first(store)
        self._read = 0
        self.links: dict[str, str] = {}
        """The commits of submodules by their paths, once the files were listed."""

    @property
    def origin(self) -> str:
        """Tells the place of the objects from all others, where it is one on the disk."""
        return str(self._store.path) if isinstance(self._store, DiskObjectStore) else ""

    def listing(self) -> list[File]:
        """All files, in no particular order. Raises GitError where the tree is not safe or too
        large."""
        files: list[File] = []
        ahead, directories = [("", self._tree)], 0
        while ahead:
            directory, name = ahead.pop()
            directories += 1
            for path, mode, entry in self._entries(directory, name):
                if stat.S_ISDIR(mode):
                    ahead.append((path, entry))
                elif stat.S_ISREG(mode):
                    files.append(File(path, bool(mode & 0o111), entry))
                elif S_ISGITLINK(mode):
                    self.links[path] = entry.decode()
            if len(files) + directories > self._limits.files:
                raise GitError(
                    f"the commit has more than {self._limits.files} files and directories"
                )
        return files

    def read(self, file: File) -> bytes:
        """What is in a file. Raises GitError where it is not what its name says, or where all that
        was read is more than the limit."""
        content = self._object(file.blob, BLOB, file.path)
        self.count(len(content))
        return content

    def count(self, size: int) -> None:
        """Count files that were read, or need not be. Raises GitError where all that were are more
        than the limit."""
        self._read += size
        if self._read > self._limits.content:
            raise GitError(f"the commit has more than {self._limits.content // MIB} MiB of files")

    def _entries(self, directory: str, tree: bytes) -> Iterator[tuple[str, int, bytes]]:
        seen: set[bytes] = set()
        if directory.count("/") > self._limits.depth:
            raise GitError(f"the commit has more than {self._limits.depth} directories in a row")
        try:
            entries = list(parse_tree(self._object(tree, TREE, directory), sha_len=20))
        except ValueError:
            raise GitError(f"the directory {directory!r} of the commit cannot be read") from None
        for raw, mode, entry in entries:
            name = _checked(raw, directory)
            if raw in seen:
                raise GitError(f"the commit has {name!r} in the directory {directory!r} twice")
            seen.add(raw)
            path = f"{directory}/{name}" if directory else name
            if len(path) > self._limits.name:
                raise GitError(f"the commit has a path of more than {self._limits.name} characters")
            yield path, mode, entry

    def _object(self, name: bytes, kind: int, path: str) -> bytes:
        found, content = self._raw(ObjectID(name))
        header = b"%s %d\0" % (_NAMES[kind], len(content))
        # Git names objects by SHA-1; this finds what rotted on the disk, not what was forged.
        digest = hashlib.sha1(header, usedforsecurity=False)
        digest.update(content)
        if found != kind or digest.hexdigest().encode() != name:
            raise KeyError(f"the object of {path!r} is damaged")
        return content

    def _raw(self, name: ObjectID) -> tuple[int, bytes]:
        """An object's kind and content. The store itself would look last where it found the one
        before; nearly all of a commit is in one pack, and what came since is in small ones."""
        for pack in self._packs:
            with suppress(KeyError):
                return pack.get_raw(name)
        return self._store.get_raw(name)


def _largest_first(store: BaseObjectStore) -> list[Pack]:
    packs = store.packs if isinstance(store, PackBasedObjectStore) else []
    return sorted(packs, key=len, reverse=True)


def _checked(raw: bytes, directory: str) -> str:
    """The name of an entry. Raises GitError where it could be anything but a name."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise GitError(f"the name {raw!r} in the directory {directory!r} is not UTF-8") from None
    plain = name.translate(_IGNORED).casefold().rstrip(" .")
    if name in {"", ".", ".."} or "/" in name or "\0" in name or plain in {".git", "git~1"}:
        raise GitError(f"the commit has an unsafe name in the directory {directory!r}: {name!r}")
    if plain.startswith(".git:"):
        raise GitError(f"the commit has an unsafe name in the directory {directory!r}: {name!r}")
    return name
