"""What a build read: enough to tell that another tree would build the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from kustomize.outside import Outside, are_unchanged
from kustomize.problem import BuildError
from kustomize.remote import Remotes, Repository
from shared.manifest.link import LinkError
from shared.manifest.tree import Tree

MOST_BYTES = 512 << 20
"""Bytes that one build may read, a file that is read twice counted twice."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Every file that was opened with its SHA-256 (hex), every directory that had to be one, and
    every path that had to be missing. Paths are those of the tree.

    `links`: every path that led through symbolic links, and where to. `remotes`: every place
    outside of the tree, with its commit or digest. `listings`: every directory that was taken
    whole, with the names in it.
    """

    files: Mapping[str, str]
    directories: frozenset[str]
    absences: frozenset[str]
    links: Mapping[str, str] = field(default_factory=dict)
    remotes: Mapping[str, str] = field(default_factory=dict)
    listings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def still_hold(self, tree: Tree, remotes: Remotes | None = None) -> bool:
        """Whether a build of `tree` with the same directory and options has the same result.

        `remotes` are asked whether places outside are what they were. Without them that cannot be
        told, and nothing that was read outside holds.
        """
        return (
            self._have_places(tree)
            and all(path in tree and _digest(tree[path]) == own for path, own in self.files.items())
            and are_unchanged(self.remotes, remotes)
        )

    def changed(self, tree: Tree, remotes: Remotes | None = None) -> frozenset[str] | None:
        """The files that have other contents in `tree`; None where more than that is different."""
        if not self._have_places(tree) or not all(path in tree for path in self.files):
            return None
        if not are_unchanged(self.remotes, remotes):
            return None
        return frozenset(path for path, own in self.files.items() if _digest(tree[path]) != own)

    def with_files(self, contents: Mapping[str, bytes]) -> Readings:
        """The same with other contents of some files."""
        digests = {path: _digest(content) for path, content in contents.items()}
        return replace(self, files={**self.files, **digests})

    def _have_places(self, tree: Tree) -> bool:
        """Whether what was a directory is one and no file, what was missing is missing, and links
        lead where they did."""
        if any(_led(tree, path) != target for path, target in self.links.items()):
            return False
        if any(tree.listing(path) != names for path, names in self.listings.items()):
            return False
        are_directories = all(
            tree.is_directory(path) and path not in tree for path in self.directories
        )
        return are_directories and not any(
            path in tree or tree.is_directory(path) for path in self.absences
        )


@dataclass(slots=True)
class Reader:
    """Reads a tree and remembers what the answers were.

    `mounted`: where the tree is, absolutely; paths that begin so are paths of the tree (empty: none
    are). `repository`: the one that the tree was fetched from, None for the tree that is built.
    """

    tree: Tree
    mounted: str = ""
    outside: Outside = field(default_factory=Outside)
    repository: Repository | None = None
    _links: dict[str, str] = field(default_factory=dict)
    _listings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)
    _directories: set[str] = field(default_factory=set)
    _absences: set[str] = field(default_factory=set)
    _repeated: set[str] = field(default_factory=set)
    _bytes: int = 0

    def fetched(self, repository: Repository) -> Reader:
        """A reader of a repository. Raises BuildError where it cannot be had."""
        tree = self.outside.repository(repository).tree
        return Reader(tree, outside=self.outside, repository=repository)

    def told(self, path: str) -> str:
        """A path as messages have it: in a repository with its URL before."""
        if self.repository is None:
            return path or "."
        return f"{self.repository.url}//{path}"

    def resolved(self, path: str) -> str:
        """The path that a path leads to through links. Raises BuildError where that is outside of
        the tree."""
        try:
            target = self.tree.resolved(path)
        except LinkError as error:
            raise BuildError(f"security; a symbolic link: {error}", path=path) from error
        if target != path:
            self._links[path] = target
        return target

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

    def below(self, directory: str) -> Iterator[tuple[str, bytes]]:
        """All files in and below a directory, with their paths; links are left out."""
        names = self._listings[directory] = self.tree.listing(directory)
        for name in names:
            path = f"{directory}/{name}".lstrip("/")
            if name.endswith("/"):
                yield from self.below(path.rstrip("/"))
            elif (content := self.file(path)) is not None:
                yield path, content

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
        return Readings(
            dict(self._files),
            frozenset(self._directories),
            frozenset(self._absences),
            dict(self._links),
            dict(self.outside.found),
            dict(self._listings),
        )


def _led(tree: Tree, path: str) -> str:
    try:
        return tree.resolved(path)
    except LinkError:
        return ""


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
