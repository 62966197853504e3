"""What one build fetches from outside of its tree: each place once, and what it was."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from kustomize.problem import BuildError
from kustomize.remote import Fetched, Remotes, Repository, repository_of

MOST_PLACES = 200
"""Repositories and files outside of the tree that one build may ask for."""
_FILE = "file@"


class Outside:
    """Asks for places outside of the tree, if anybody may. `found` says what they were: of a
    repository, by its spelling, the commit; of a file, by its URL, `file@` and its SHA-256."""

    __slots__ = ("_files", "_remotes", "_repositories", "found")

    def __init__(self, remotes: Remotes | None = None) -> None:
        self._remotes = remotes
        self._files: dict[str, bytes] = {}
        self._repositories: dict[str, Fetched] = {}
        self.found: dict[str, str] = {}

    def file(self, url: str) -> bytes:
        """The contents of a file. Raises BuildError."""
        if self._remotes is None:
            raise BuildError(f"remote resources are not allowed: '{url}'", path=url[:200])
        if url not in self._files:
            self._files[url] = self._remotes.file(url)
            self._note(url, _FILE + sha256(self._files[url]).hexdigest())
        return self._files[url]

    def repository(self, repository: Repository) -> Fetched:
        """The files of a repository. Raises BuildError."""
        spelled = repository.spelled
        if self._remotes is None:
            raise BuildError(f"remote bases are not allowed: '{spelled}'", path=spelled[:200])
        if spelled not in self._repositories:
            self._repositories[spelled] = self._remotes.repository(repository)
            self._note(spelled, self._repositories[spelled].revision)
        return self._repositories[spelled]

    def note_chart(self, name: str, files: Mapping[str, bytes]) -> None:
        """Take down what a chart was that came from a repository of charts. Nobody can ask for it
        again without fetching it, so that what was built with it never holds for another tree."""
        digest = sha256()
        for path in sorted(files):
            digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
        self._note(f"chart {name}", _FILE + digest.hexdigest())

    def _note(self, place: str, what: str) -> None:
        self.found[place] = what
        if len(self.found) > MOST_PLACES:
            raise BuildError(f"a build may not read more than {MOST_PLACES} remote places")


def are_unchanged(found: Mapping[str, str], remotes: Remotes | None) -> bool:
    """Whether places outside are what they were; without anybody to ask, only none are."""
    outside = Outside(remotes)
    try:
        for place, was in found.items():
            _ask(outside, place, was)
    except BuildError:
        return False
    return outside.found == found


def _ask(outside: Outside, place: str, was: str) -> None:
    repository = None if was.startswith(_FILE) else repository_of(place)
    if repository is None:
        outside.file(place)
    else:
        outside.repository(repository)
