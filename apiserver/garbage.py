"""The garbage collector: what belongs to an object goes with it, or stays behind as an orphan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apiserver.clock import moment_of
from apiserver.cluster import Cluster
from apiserver.deletion import FOREGROUND, ORPHAN, DeleteOptions, Propagation, delete
from apiserver.finalizer import lift
from apiserver.storage import Event, Record, Shelf
from apiserver.value import Object, copy_of, objects, part, strings, text

GRACE = 5.0
"""Seconds that an object whose owners were never seen is left alone."""

Place = tuple[str, ...]
"""Group, plural, namespace and name of an object."""


def place_of(shelf: Shelf, record: Record) -> Place:
    """Where an object is."""
    return (*shelf, *record.key)


def owners(record: Record) -> list[Object]:
    """The owner references of an object."""
    return objects(record.object, "metadata", "ownerReferences")


class Garbage:
    """The controller of owner references."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._alive: dict[str, Place] = {}
        self._dependents: dict[str, dict[Place, None]] = {}
        self._gone: set[str] = set()

    def keys(self, event: Event) -> Iterable[Place]:
        """What was written; what belongs to what went, and what waits for it."""
        place = place_of(event.shelf, event.now)
        self._forget(place, event.before)
        if event.type == "DELETED":
            self._alive.pop(event.now.uid, None)
            if event.now.uid in self._dependents:
                self._gone.add(event.now.uid)
            yield from list(self._dependents.get(event.now.uid, ()))
            yield from self._waiting_owners(event.now)
            return
        self._alive[event.now.uid] = place
        for owner in owners(event.now):
            self._dependents.setdefault(text(owner, "uid"), {})[place] = None
        if owners(event.now) or event.now.is_terminating:
            yield place

    def _forget(self, place: Place, before: Record | None) -> None:
        for owner in owners(before) if before else ():
            uid = text(owner, "uid")
            known = self._dependents.get(uid, {})
            known.pop(place, None)
            if not known:
                self._dependents.pop(uid, None)
                self._gone.discard(uid)

    def _waiting_owners(self, record: Record) -> Iterator[Place]:
        for owner in owners(record):
            if place := self._alive.get(text(owner, "uid")):
                yield place

    def reconcile(self, key: Place) -> float | None:
        """Delete what nobody owns any more, and help a deletion that waits for its dependents."""
        record = self._find(key)
        if record is None:
            return None
        finalizers = strings(record.object, "metadata", "finalizers")
        if record.is_terminating and ORPHAN in finalizers:
            self._orphan(key, record)
        elif record.is_terminating and FOREGROUND in finalizers:
            self._delete_dependents(key, record)
        elif not record.is_terminating and owners(record):
            if self._may_yet_come(record):
                return GRACE
            self._attend(key, record)
        return None

    def _may_yet_come(self, record: Record) -> bool:
        """Whether an object is new and names owners that were never seen: a restore may bring the
        dependents first."""
        unseen = [text(each, "uid") for each in owners(record)]
        if any(uid in self._alive or uid in self._gone for uid in unseen):
            return False
        made = moment_of(text(record.object, "metadata", "creationTimestamp"))
        return made is not None and (self._cluster.clock.now() - made).total_seconds() < GRACE

    def _find(self, place: Place) -> Record | None:
        group, plural, namespace, name = place
        return self._cluster.storage.find((group, plural), namespace, name)

    def _attend(self, key: Place, record: Record) -> None:
        """Delete an object without living owners; take references to dead ones off the others."""
        solid = [each for each in owners(record) if text(each, "uid") in self._alive]
        if not solid:
            self._delete(key, record, "")
        elif all(self._waits_for(text(each, "uid")) for each in solid):
            self._delete(key, record, "Foreground" if self._has_dependents(record) else "")
        elif len(solid) < len(owners(record)):
            content = copy_of(record.object)
            part(content, "metadata")["ownerReferences"] = solid
            self._cluster.storage.put((key[0], key[1]), content)

    def _has_dependents(self, record: Record) -> bool:
        return bool(self._dependents.get(record.uid))

    def _waits_for(self, uid: str) -> bool:
        """Whether an owner is being deleted in the foreground."""
        owner = self._find(self._alive[uid])
        return (
            owner is not None
            and owner.is_terminating
            and FOREGROUND in strings(owner.object, "metadata", "finalizers")
        )

    def _delete(self, place: Place, record: Record, propagation: Propagation) -> None:
        for resource in self._cluster.registry.kinds():
            if resource.shelf == (place[0], place[1]):
                delete(self._cluster, resource, record, DeleteOptions(propagation))
                return

    def _delete_dependents(self, key: Place, record: Record) -> None:
        blocking = False
        for place in list(self._dependents.get(record.uid, ())):
            dependent = self._find(place)
            if dependent is None:
                continue
            blocking = blocking or _blocks(dependent, record.uid)
            if not dependent.is_terminating:
                self._attend(place, dependent)
        if not blocking:
            lift(self._cluster, (key[0], key[1]), record, FOREGROUND)

    def _orphan(self, key: Place, record: Record) -> None:
        for place in list(self._dependents.get(record.uid, ())):
            dependent = self._find(place)
            if dependent is not None:
                content = copy_of(dependent.object)
                kept = [each for each in owners(dependent) if text(each, "uid") != record.uid]
                part(content, "metadata")["ownerReferences"] = kept
                self._cluster.storage.put((place[0], place[1]), content)
        lift(self._cluster, (key[0], key[1]), record, ORPHAN)


def _blocks(dependent: Record, uid: str) -> bool:
    return any(
        text(each, "uid") == uid and each.get("blockOwnerDeletion") is True
        for each in owners(dependent)
    )
