"""What the artifact server may give out, of all kinds of source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.parsing import MalformedObject, parse
from shared.manifest.identity import Manifest, section, text

MOST_REMEMBERED = 10_000

NEWEST = {
    "bucket": "latest.tar.gz",
    "helmchart": "latest.tar.gz",
    "helmrepository": "index.yaml",
    "ocirepository": "latest.tar.gz",
}
"""The file name that stands for the newest artifact of an object, by kind. A GitRepository has
none (flux.md 12 (26))."""


class Watched(Protocol):
    """The objects of a kind (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """One of them, as it was last seen."""


@dataclass(slots=True)
class Offers:
    """What a status names, and what was stored a moment ago and will be named as soon as its status
    is written. `watched`: by the kind as it is in paths, such as `gitrepository`."""

    watched: Mapping[str, Watched]
    fresh: dict[str, Artifact] = field(default_factory=dict)

    def find(self, asked: str) -> Artifact | None:
        """The artifact that is asked for by its path in the store, or by the name that stands for
        the newest of its object; None where it is not on offer."""
        if fresh := self.fresh.get(asked):
            return fresh
        directory, _, file = asked.rpartition("/")
        kind, _, rest = directory.partition("/")
        namespace, _, name = rest.partition("/")
        watched = self.watched.get(kind)
        found = watched.find(namespace, name) if watched and name else None
        named = section(section(found or {}, "status"), "artifact")
        path = text(named, "path")
        # A status may be written by others than us: it gives out nothing of another object.
        is_meant = asked == path or file == NEWEST.get(kind)
        return _read(named) if is_meant and path.startswith(f"{directory}/") else None

    def add(self, artifact: Artifact) -> None:
        """Offer what was just stored."""
        self.fresh.pop(artifact.path, None)
        self.fresh[artifact.path] = artifact
        while len(self.fresh) > MOST_REMEMBERED:
            self.fresh.pop(next(iter(self.fresh)))

    def withdraw(self, directory: str) -> None:
        """Offer nothing of an object any more."""
        for path in [path for path in self.fresh if path.startswith(f"{directory}/")]:
            del self.fresh[path]


def _read(named: Manifest) -> Artifact | None:
    try:
        return parse(Artifact, named)
    except MalformedObject:
        return None
