"""A tree of files in memory: what an artifact holds, and what a build reads. Read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.manifest.link import followed

_NO_LINKS: Mapping[str, str] = {}


class Tree(Mapping[str, bytes]):
    """Relative paths (`apps/base/kustomization.yaml`) to contents, with listings of directories.

    Paths have no leading slash and no `.` or `..` in them; whoever makes a tree sees to that.
    Symbolic links are apart from the files: `links` has their texts by path (one that begins with
    `/` starts at the top of the tree). No file is found through a link: `resolved` says first where
    a path leads.
    """

    __slots__ = ("_files", "_links", "_listings")

    def __init__(self, files: Mapping[str, bytes], links: Mapping[str, str] = _NO_LINKS) -> None:
        self._files = files
        self._links = links
        self._listings: dict[str, dict[str, None]] | None = None

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

    def _directories(self) -> dict[str, dict[str, None]]:
        if self._listings is None:
            self._listings = _listings(self._files)
        return self._listings


def _listings(paths: Mapping[str, bytes]) -> dict[str, dict[str, None]]:
    """Every directory with what is in it."""
    found: dict[str, dict[str, None]] = {"": {}}
    for path in paths:
        directory, _, name = path.rpartition("/")
        while name:
            known = directory in found
            found.setdefault(directory, {})[name] = None
            if known:
                break
            directory, _, parent = directory.rpartition("/")
            name = f"{parent}/"
    return found
