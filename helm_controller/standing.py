"""Releases that are known to be as they should be: nothing is asked and nothing is rendered for
them until something moves.

For each: what it was found to be in order for, and the versions of Helm's records then. A watch
shows the versions that there are now. Another process, or this one after a restart, knows nothing
and looks at everything once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from helm_controller.decision import PENDING
from helm_controller.release_record import secret_name
from shared.manifest.identity import Manifest, labels_of, metadata, text
from shared.reconcile.key import Key

MOST = 20_000
"""Releases that are remembered: some 20 MB, without the objects whose drift is watched."""

LARGEST = 64 * 2**20
"""Letters of the manifests of all releases whose drift is watched that are kept."""


class Outlines(Protocol):
    """The metadata of Helm's records (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The metadata of a record, or None."""

    def is_synced(self) -> bool:
        """Whether all have been seen, and the watch is not known to be blind."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A release that is in order. `reason`: for what; `versions`: those of its records, by the
    names of the Secrets; `objects`: what it is made of, where its drift is watched, `size` letters
    of manifest."""

    reason: Hashable
    release: str
    namespace: str
    revision: int
    versions: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[Manifest, ...] = ()
    size: int = 0

    def holds(self, outlines: Outlines) -> bool:
        """Whether the records are still those, and there is none after them."""
        if not self.versions or not outlines.is_synced():
            return False
        if outlines.find(self.namespace, secret_name(self.release, self.revision + 1)):
            return False
        return all(
            _version(outlines.find(self.namespace, name)) == version
            for name, version in self.versions.items()
        )


class Standings:
    """What is known of all releases of one cluster."""

    def __init__(self) -> None:
        self._standing: OrderedDict[Key, Standing] = OrderedDict()
        self._versions: dict[tuple[str, str], str] = {}
        self._size = 0

    def __len__(self) -> int:
        """How many releases are known to be in order."""
        return len(self._standing)

    def find(self, owner: Key, reason: Hashable, outlines: Outlines) -> Standing | None:
        """What is known of a release, where that is what it should be for; else None."""
        found = self._standing.get(owner)
        if found is None or found.reason != reason or not found.holds(outlines):
            return None
        self._standing.move_to_end(owner)
        return found

    def keep(self, owner: Key, standing: Standing) -> None:
        """A release was looked at, and is in order."""
        self.forget(owner)
        self._standing[owner] = standing
        self._size += standing.size
        while len(self._standing) > MOST or (self._size > LARGEST and len(self._standing) > 1):
            self.forget(next(iter(self._standing)))

    def forget(self, owner: Key) -> None:
        """Something is done to a release, or it is gone."""
        found = self._standing.pop(owner, None)
        self._size -= found.size if found else 0

    def drop(self) -> None:
        """Forget everything. Nothing but the number of requests depends on it."""
        self._standing.clear()
        self._size = 0

    def note(self, namespace: str, name: str, version: str) -> None:
        """A record was seen or written by us in this version; gone, where that is empty."""
        if version:
            self._versions[namespace, name] = version
        else:
            self._versions.pop((namespace, name), None)

    def is_news(self, old: Manifest | None, new: Manifest | None) -> bool:
        """Whether what a watch shows of a record is not our own doing."""
        meta = metadata(new or old or {})
        known = self._versions.get((text(meta, "namespace"), text(meta, "name")), "")
        return known != _version(new)


def wakes(standings: Standings) -> Callable[[Manifest | None, Manifest | None], tuple[str, str]]:
    """Whose record a change is of: namespace and name of a release; both empty for no news. While
    somebody is at a release there is none: it comes when that has ended."""

    def woken(old: Manifest | None, new: Manifest | None) -> tuple[str, str]:
        changed = new or old or {}
        status = labels_of(changed).get("status", "")
        is_over = status in _OVER if new else status != "superseded"
        if not is_over or not standings.is_news(old, new):
            return "", ""
        return text(metadata(changed), "namespace"), labels_of(changed).get("name", "")

    return woken


def begins(standings: Standings) -> Callable[[Manifest | None, Manifest | None], tuple[str, str]]:
    """With whose release somebody else has begun something: namespace and name; both empty where
    nobody has."""

    def begun(old: Manifest | None, new: Manifest | None) -> tuple[str, str]:
        status = labels_of(new or {}).get("status", "")
        if new is None or status not in PENDING or not standings.is_news(old, new):
            return "", ""
        return text(metadata(new), "namespace"), labels_of(new).get("name", "")

    return begun


_OVER = frozenset({"deployed", "failed", "uninstalled"})
"""What a release is when an action on it has ended."""


def _version(record: Manifest | None) -> str:
    return text(metadata(record or {}), "resourceVersion")
