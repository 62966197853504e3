"""Who belongs to whom: owners and what they own, found by uid."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.storage import Event, Record, Shelf, Storage
from apiserver.value import Object, objects, text

Place = tuple[str, str, str, str]
"""Group, plural, namespace and name of an object."""


def place_of(shelf: Shelf, record: Record) -> Place:
    """Where an object is."""
    return (*shelf, *record.key)


def owners(record: Record) -> list[Object]:
    """The owner references of an object."""
    return objects(record.object, "metadata", "ownerReferences")


class Family:
    """The living objects of a storage by uid, and the dependents of each, dead or alive."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._alive: dict[str, Place] = {}
        self._dependents: dict[str, dict[Place, None]] = {}
        self._dead: set[str] = set()
        storage.subscribe(self._notice)

    def find(self, place: Place) -> Record | None:
        """The object at a place."""
        group, plural, namespace, name = place
        return self._storage.find((group, plural), namespace, name)

    def place(self, uid: str) -> Place | None:
        """Where a living object is."""
        return self._alive.get(uid)

    def dependents(self, uid: str) -> list[Place]:
        """Where the objects are that name an owner, in the order in which they came."""
        return list(self._dependents.get(uid, ()))

    def owned(self, uid: str, shelf: Shelf) -> Iterator[Record]:
        """The objects of one kind that name an owner."""
        for place in self.dependents(uid):
            if place[:2] == shelf and (record := self.find(place)):
                yield record

    def was_seen(self, uid: str) -> bool:
        """Whether an owner lives, or has lived and left somebody behind."""
        return uid in self._alive or uid in self._dead

    def _notice(self, event: Event) -> None:
        place = place_of(event.shelf, event.now)
        for owner in owners(event.before) if event.before else ():
            self._leave(text(owner, "uid"), place)
        if event.type == "DELETED":
            self._alive.pop(event.now.uid, None)
            if event.now.uid in self._dependents:
                self._dead.add(event.now.uid)
            return
        self._alive[event.now.uid] = place
        for owner in owners(event.now):
            self._dependents.setdefault(text(owner, "uid"), {})[place] = None

    def _leave(self, uid: str, place: Place) -> None:
        known = self._dependents.get(uid, {})
        known.pop(place, None)
        if not known:
            self._dependents.pop(uid, None)
            self._dead.discard(uid)
