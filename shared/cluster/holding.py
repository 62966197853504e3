"""The objects that a cache holds, and who wants to know of their changes. No I/O.

Whatever a watch does to its events (twice, late, out of order, some lost before a new list), what
is held only ever moves forward to what the server has.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable

from shared.cluster.watch import Change
from shared.manifest.identity import Manifest, metadata, text
from shared.manifest.outline import Outline

Listener = Callable[[Manifest | None, Manifest | None], None]
"""Called with an object before and after a change; None where it was, or is, not there."""

REMEMBERED = 1024
"""Deleted objects that are still known by uid: a late event must not bring one back."""

LARGE = 4096
"""Bytes of JSON from which on an object is kept as JSON: one with a long inventory, mostly."""

Key = tuple[str, str]


class Holding:
    """Objects of one kind, by namespace and name. Whoever reads one must not change it.

    `packed`: they are many and seldom read, and are kept as JSON, which is a third of what they are
    as values. Large ones always are.
    """

    def __init__(self, *, managed_fields: bool, packed: bool = False) -> None:
        self._managed_fields = managed_fields
        self._packed = packed
        self._objects: dict[Key, Manifest | Outline] = {}
        self._deleted: OrderedDict[str, None] = OrderedDict()
        self._listeners: list[Listener] = []
        # What the last list has told already: what a watch says of earlier times is no news.
        self._floor = 0

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""
        return _unpacked(self._objects.get((namespace, name)))

    def all(self) -> list[Manifest]:
        """All objects."""
        return [item for item in map(_unpacked, self._objects.values()) if item is not None]

    def subscribe(self, listener: Listener) -> None:
        """Tell `listener` of every object that is there, and of every change from now on, at once
        and in order. Who comes late (a leader elected after the caches were filled) sees all."""
        self._listeners.append(listener)
        for item in self.all():
            listener(None, item)

    def replace(self, items: Iterable[Manifest], version: str) -> None:
        """The server has just these objects, as of `version`."""
        before, self._floor = self._floor, number(version) or 0
        # After a server was set back to an earlier day, versions come a second time.
        again = self._floor < before
        listed = set[Key]()
        for item in map(self._trimmed, items):
            key = _key(item)
            listed.add(key)
            if not self._is_held(key, item) or (again and self.find(*key) != item):
                self._put(key, item)
        for key in [key for key in self._objects if key not in listed]:
            self._remove(key)

    def take(self, change: Change) -> None:
        """One change of one object, unless it is old news."""
        key, news = _key(change.object), version_of(change.object)
        if news and news <= self._floor:
            return
        if change.type == "DELETED":
            self._take_deletion(key, change.object)
        elif not self._is_old(key, change.object):
            self._put(key, self._trimmed(change.object))

    def _take_deletion(self, key: Key, gone: Manifest) -> None:
        self._deleted[_uid(gone)] = None
        if len(self._deleted) > REMEMBERED:
            self._deleted.popitem(last=False)
        held = self.find(*key)
        if held is not None and _uid(held) == _uid(gone):
            self._remove(key)

    def _is_old(self, key: Key, item: Manifest) -> bool:
        held = self.find(*key)
        if _uid(item) in self._deleted:
            return True
        if held is None or _uid(held) != _uid(item):
            return False
        news, old = version_of(item), version_of(held)
        return bool(news and old and news <= old)

    def _is_held(self, key: Key, item: Manifest) -> bool:
        """Whether we have the object in just that state."""
        held = self._objects.get(key)
        if isinstance(held, Outline):
            return held.is_state_of(item)
        return _same(held, item)

    def _put(self, key: Key, item: Manifest) -> None:
        old = self.find(*key)
        outline = Outline.of(item)
        large = self._packed or len(outline.frame) > LARGE
        self._objects[key] = outline if large else item
        self._tell(old, item)

    def _remove(self, key: Key) -> None:
        self._tell(_unpacked(self._objects.pop(key)), None)

    def _tell(self, old: Manifest | None, new: Manifest | None) -> None:
        for listener in self._listeners:
            listener(old, new)

    def _trimmed(self, item: Manifest) -> Manifest:
        """Field ownership is half of many an object, and nobody asks a full cache for it."""
        if not self._managed_fields:
            metadata(item).pop("managedFields", None)
        return item


def number(version: str) -> int | None:
    """A resource version as a number; None where it is none. Kubernetes promises since 1.35 that
    those of its own kinds can be compared; other servers' may be anything."""
    return int(version) if version.isdecimal() else None


def is_before(one: str, other: str) -> bool:
    """Whether a version is known to be earlier than another."""
    first, second = number(one), number(other)
    return first is not None and second is not None and first < second


def version_of(item: Manifest) -> int:
    """The resource version of an object as a number; 0 where it is none."""
    return number(text(metadata(item), "resourceVersion")) or 0


def _unpacked(held: Manifest | Outline | None) -> Manifest | None:
    return held.value() if isinstance(held, Outline) else held


def _key(item: Manifest) -> Key:
    meta = metadata(item)
    return sys.intern(text(meta, "namespace")), text(meta, "name")


def _uid(item: Manifest) -> str:
    return text(metadata(item), "uid")


def _same(held: Manifest | None, listed: Manifest) -> bool:
    """Whether it is the object in the state that we have."""
    if held is None or _uid(held) != _uid(listed):
        return False
    versions = (text(metadata(one), "resourceVersion") for one in (held, listed))
    return next(versions) == next(versions)
