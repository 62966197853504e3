"""The garbage collector: what belongs to an object goes with it, or stays behind as an orphan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apiserver.clock import moment_of
from apiserver.cluster import Cluster
from apiserver.deletion import FOREGROUND, ORPHAN, DeleteOptions, Propagation, delete
from apiserver.family import Place, owners, place_of
from apiserver.finalizer import lift
from apiserver.storage import Event, Record
from apiserver.value import copy_of, part, strings, text

GRACE = 5.0
"""Seconds that an object whose owners were never seen is left alone."""


class Garbage:
    """The controller of owner references."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._family = cluster.family

    def keys(self, event: Event) -> Iterable[Place]:
        """What was written; what belongs to what went, and what waits for it."""
        if event.type == "DELETED":
            yield from self._family.dependents(event.now.uid)
            yield from self._living_owners(event.now)
        elif owners(event.now) or event.now.is_terminating:
            yield place_of(event.shelf, event.now)

    def _living_owners(self, record: Record) -> Iterator[Place]:
        for owner in owners(record):
            if place := self._family.place(text(owner, "uid")):
                yield place

    def reconcile(self, key: Place) -> float | None:
        """Delete what nobody owns any more, and help a deletion that waits for its dependents."""
        record = self._family.find(key)
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
        if any(self._family.was_seen(text(each, "uid")) for each in owners(record)):
            return False
        made = moment_of(text(record.object, "metadata", "creationTimestamp"))
        return made is not None and (self._cluster.clock.now() - made).total_seconds() < GRACE

    def _attend(self, key: Place, record: Record) -> None:
        """Delete an object without living owners; take references to dead ones off the others."""
        solid = [each for each in owners(record) if self._is_there(text(each, "uid"), record)]
        if not solid:
            self._delete(key, record, "")
        elif all(self._waits(text(each, "uid")) for each in solid):
            has_dependents = bool(self._family.dependents(record.uid))
            self._delete(key, record, "Foreground" if has_dependents else "")
        elif len(solid) < len(owners(record)):
            content = copy_of(record.object)
            part(content, "metadata")["ownerReferences"] = solid
            self._cluster.storage.put(key[:2], content)

    def _is_there(self, uid: str, dependent: Record) -> bool:
        """Whether an owner is where its dependent has to look: in its namespace, or in none. What
        is in no namespace itself cannot look, and stays."""
        place = self._family.place(uid)
        if place is None:
            return False
        return not dependent.key[0] or place[2] in ("", dependent.key[0])

    def _waits(self, uid: str) -> bool:
        """Whether an owner is being deleted in the foreground."""
        place = self._family.place(uid)
        owner = self._family.find(place) if place else None
        return (
            owner is not None
            and owner.is_terminating
            and FOREGROUND in strings(owner.object, "metadata", "finalizers")
        )

    def _delete(self, place: Place, record: Record, propagation: Propagation) -> None:
        for resource in self._cluster.registry.kinds():
            if resource.shelf == place[:2]:
                delete(self._cluster, resource, record, DeleteOptions(propagation))
                return

    def _delete_dependents(self, key: Place, record: Record) -> None:
        blocking = False
        for place in self._family.dependents(record.uid):
            dependent = self._family.find(place)
            if dependent is None:
                continue
            blocking = blocking or _blocks(dependent, record.uid)
            if not dependent.is_terminating:
                self._attend(place, dependent)
        if not blocking:
            lift(self._cluster, key[:2], record, FOREGROUND)

    def _orphan(self, key: Place, record: Record) -> None:
        for place in self._family.dependents(record.uid):
            dependent = self._family.find(place)
            if dependent is not None:
                content = copy_of(dependent.object)
                kept = [each for each in owners(dependent) if text(each, "uid") != record.uid]
                part(content, "metadata")["ownerReferences"] = kept
                self._cluster.storage.put(place[:2], content)
        lift(self._cluster, key[:2], record, ORPHAN)


def _blocks(dependent: Record, uid: str) -> bool:
    return any(
        text(each, "uid") == uid and each.get("blockOwnerDeletion") is True
        for each in owners(dependent)
    )
