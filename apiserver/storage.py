"""Objects in memory: one revision for each write, and the recent writes for those who watch.

A `Record` is never changed after it was stored: writers make a new object. That lets lists, watches
and the history share its bytes without copying.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, Protocol, cast

import orjson

from apiserver.database import Entry
from apiserver.record import Key, Recent, Record
from apiserver.value import Object, part, section, text

__all__ = ["Event", "Key", "Record", "Shelf", "Storage", "TooOld"]

Shelf = tuple[str, str]
"""Group and plural of the kind that is kept there."""

WINDOW = 20_000
"""How many writes a shelf remembers for watches that resume."""


@dataclass(frozen=True, slots=True)
class Event:
    """One write: what was there before, what is there now. A deletion's `now` is the last state,
    at the revision of the deletion."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    shelf: Shelf
    now: Record
    before: Record | None

    @property
    def revision(self) -> int:
        """The revision that this write made."""
        return self.now.revision


Listener = Callable[[Event], None]


class TooOld(Exception):
    """The writes since a revision are no longer all remembered; `oldest` can still be had."""

    def __init__(self, oldest: int) -> None:
        super().__init__(f"nothing before {oldest} is remembered")
        self.oldest = oldest


class Collection:
    """The objects of one shelf, and its recent writes."""

    def __init__(self, forgotten: int) -> None:
        self.records: dict[Key, Record] = {}
        self.events: deque[Event] = deque()
        self.forgotten = forgotten
        self._sorted: list[Key] | None = None

    def note(self, event: Event) -> None:
        """Carry out one write."""
        key = event.now.key
        if event.type == "DELETED":
            del self.records[key]
        else:
            self.records[key] = event.now
        if event.type != "MODIFIED":
            self._sorted = None
        self.events.append(event)
        if len(self.events) > WINDOW:
            self.forgotten = self.events.popleft().revision

    def forget(self, revision: int) -> None:
        """Drop all remembered writes up to `revision`."""
        while self.events and self.events[0].revision <= revision:
            self.events.popleft()
        self.forgotten = max(self.forgotten, revision)

    def in_order(self, namespace: str) -> list[Record]:
        """All records, or those of one namespace, by namespace and name."""
        if self._sorted is None:
            self._sorted = sorted(self.records)
        keys = self._sorted
        if namespace:
            low = bisect_right(keys, (namespace, ""))
            keys = keys[low : bisect_right(keys, (namespace, "\U0010ffff"))]
        return [self.records[key] for key in keys]

    def since(self, revision: int) -> list[Event]:
        """The writes after `revision`, oldest first. Raises TooOld."""
        if revision < self.forgotten:
            raise TooOld(self.forgotten)
        # From the end: who asks has seen most of them.
        newer = list(takewhile(lambda event: event.revision > revision, reversed(self.events)))
        newer.reverse()
        return newer

    def as_of(self, revision: int, namespace: str) -> list[Record]:
        """What `in_order` said at `revision`, by undoing the writes since. Raises TooOld."""
        undone = {
            event.now.key: event.before
            for event in reversed(self.since(revision))
            if not namespace or event.now.key[0] == namespace
        }
        if not undone:
            return self.in_order(namespace)
        now = {record.key: record for record in self.in_order(namespace)}
        then = {key: record for key, record in (now | undone).items() if record is not None}
        return [then[key] for key in sorted(then)]


class Journal(Protocol):
    """Keeps writes for after a restart."""

    def note(self, event: Event) -> None:
        """One more write."""

    def drop(self, shelf: Shelf) -> None:
        """A shelf is gone."""

    def compact(self, floor: int) -> None:
        """The history up to a revision is of no more use."""

    async def settled(self) -> None:
        """Wait until all that was noted is safe."""


class Forgetful:
    """Keeps nothing."""

    def note(self, event: Event) -> None:
        """Not kept."""

    def drop(self, shelf: Shelf) -> None:
        """Not kept either."""

    def compact(self, floor: int) -> None:
        """There is nothing to forget."""

    async def settled(self) -> None:
        """There is nothing to wait for."""


class Storage:
    """All collections, the one revision counter, and who listens to every write."""

    def __init__(self) -> None:
        self.journal: Journal = Forgetful()
        self._recent = Recent()
        self.revision = 1
        self._forgotten = 0
        self._shelves: dict[Shelf, Collection] = {}
        self._listeners: dict[Shelf | None, list[Listener]] = {None: []}

    def shelf(self, shelf: Shelf) -> Collection:
        """The collection of a kind, empty at first."""
        found = self._shelves.get(shelf)
        if found is None:
            found = self._shelves[shelf] = Collection(self._forgotten)
        return found

    def shelves(self) -> Iterable[tuple[Shelf, Collection]]:
        """Every collection there is."""
        return list(self._shelves.items())

    def find(self, shelf: Shelf, namespace: str, name: str) -> Record | None:
        """The object of that name, or None."""
        return self.shelf(shelf).records.get((namespace, name))

    def put(self, shelf: Shelf, content: Object) -> Record:
        """Store a new object or a new state of one; sets its resourceVersion. The object must not
        be changed afterwards."""
        revision = self._next()
        metadata = part(content, "metadata")
        metadata["resourceVersion"] = str(revision)
        key = (text(metadata, "namespace"), text(metadata, "name"))
        before = self.shelf(shelf).records.get(key)
        record = Record(key, revision, content, self._recent)
        self._publish(Event("MODIFIED" if before else "ADDED", shelf, record, before))
        return record

    def remove(self, shelf: Shelf, record: Record) -> Record:
        """Take an object away. Answers its last state, at the revision of the removal."""
        revision = self._next()
        metadata = {**section(record.object, "metadata"), "resourceVersion": str(revision)}
        content = {**record.object, "metadata": metadata}
        last = Record(record.key, revision, content, self._recent)
        self._publish(Event("DELETED", shelf, last, record))
        return last

    def drop(self, shelf: Shelf) -> None:
        """Take a whole shelf away, with its history: its kind is served no longer."""
        if self._shelves.pop(shelf, None):
            self.journal.drop(shelf)

    def compact(self) -> None:
        """Forget all history: every older resource version is gone for watches."""
        self._forget(self.revision)
        self.journal.compact(self.revision)

    def restore(self, entries: Iterable[Entry], revision: int, floor: int) -> None:
        """Take up what was kept up to `revision`, with its history since `floor`. Listeners hear of
        every object as if it were new."""
        for entry in entries:
            collection = self.shelf(entry.shelf)
            content = cast("Object", orjson.loads(entry.content))
            record = Record(entry.key, entry.revision, content, self._recent)
            before = collection.records.get(entry.key)
            collection.note(Event(entry.type, entry.shelf, record, before))
        self.revision = revision
        self._forget(floor)
        for shelf, collection in self.shelves():
            for record in collection.in_order(""):
                self._tell(Event("ADDED", shelf, record, None))

    def _forget(self, revision: int) -> None:
        self._forgotten = revision
        for collection in self._shelves.values():
            collection.forget(revision)

    def subscribe(self, listener: Listener, shelf: Shelf | None = None) -> Callable[[], None]:
        """Call `listener` after each write, of one shelf or of all. Answers a function that ends
        the subscription."""
        listeners = self._listeners.setdefault(shelf, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def _next(self) -> int:
        self.revision += 1
        return self.revision

    def _publish(self, event: Event) -> None:
        self.shelf(event.shelf).note(event)
        self.journal.note(event)
        self._tell(event)

    def _tell(self, event: Event) -> None:
        for listener in (*self._listeners[None], *self._listeners.get(event.shelf, ())):
            listener(event)
