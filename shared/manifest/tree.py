"""A tree of files in memory: what an artifact holds, and what a build reads. Read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.manifest.link import followed

_Listings = dict[str, dict[str, None]]
_NO_LINKS: Mapping[str, str] = {}


class Tree(Mapping[str, bytes]):
    """Relative paths (`apps/base/kustomization.yaml`) to contents, with listings of directories.

    Paths have no leading slash and no `.` or `..` in them; whoever makes a tree sees to that.
    Symbolic links are apart from the files: `links` has their texts by path (one that begins with
    `/` starts at the top of the tree). No file is found through a link: `resolved` says first where
    a path leads.
    """

    __slots__ = ("__weakref__", "_files", "_links", "_listings")

    def __init__(self, files: Mapping[str, bytes], links: Mapping[str, str] = _NO_LINKS) -> None:
        self._files = files
        self._links = links
        self._listings: _Listings | None = None

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def resolved(self, path: str) -> str:
        """The path that `path` stands for when all links are followed, whether anything is there or
        not. Raises LinkError where one leads out of the tree, or to itself."""
        return followed(path, self._links.get) if self._links else path

    def is_directory(self, path: str) -> bool:
        """Whether something is below `path`; the root is the empty string."""
        return path in self._directories()

    def listing(self, directory: str) -> tuple[str, ...]:
        """The names in a directory, sorted; those of directories end in `/`. Empty where there is
        no such directory."""
        return tuple(sorted(self._directories().get(directory, ())))

    def _directories(self) -> _Listings:
        if self._listings is None:
            self._listings = _listings(self._files, self._links)
        return self._listings


def _listings(paths: Mapping[str, bytes], links: Mapping[str, str]) -> _Listings:
    """Every directory with the files and directories that are in it."""
    found: _Listings = {"": {}}
    for path in paths:
        directory, _, name = path.rpartition("/")
        _add(found, directory, name)
    for path in links:
        # A directory may hold nothing but links.
        directory = path.rpartition("/")[0]
        if directory not in found:
            found[directory] = {}
            above, _, name = directory.rpartition("/")
            _add(found, above, f"{name}/")
    return found


def _add(found: _Listings, directory: str, name: str) -> None:
    """Put a name into a directory, and the directory into those above."""
    while name:
        known = directory in found
        found.setdefault(directory, {})[name] = None
        if known:
            break
        directory, _, parent = directory.rpartition("/")
        name = f"{parent}/"
