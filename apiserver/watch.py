"""Watches: the writes to one kind as they happen, as one client wants to see them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

from apiserver.cause import forbidden
from apiserver.cluster import Cluster
from apiserver.conversion import present
from apiserver.form import Form
from apiserver.line import Lines, frame
from apiserver.listing import requested_version, select
from apiserver.refusal import Cause, expired, invalid_options, too_large_version
from apiserver.resource import Resource
from apiserver.route import flag, whole
from apiserver.selector import Selection
from apiserver.storage import Event, Record, TooOld
from apiserver.value import Object, section

BACKLOG = 20_000
"""A client that is this many events behind is cut off; it can resume."""

BOOKMARK_EVERY = 60.0
DEFAULT_TIMEOUT = 1800
INITIAL_END = "k8s.io/initial-events-end"

Type = Literal["ADDED", "MODIFIED", "DELETED"]


class Change(NamedTuple):
    """One event as a client sees it: the object as it was stored, told at a revision."""

    type: Type
    record: Record
    revision: int

    def shown(self) -> Record:
        """The object at the revision at which this is told."""
        record = self.record
        if record.revision == self.revision:
            return record
        metadata = {**section(record.object, "metadata"), "resourceVersion": str(self.revision)}
        return Record(record.key, self.revision, {**record.object, "metadata": metadata})


class Feed:
    """The events of one kind since it was opened, waiting to be sent."""

    def __init__(self, cluster: Cluster, resource: Resource) -> None:
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._end = cluster.storage.subscribe(self._take, resource.shelf)
        self.is_over = False

    def _take(self, event: Event) -> None:
        self._waiting.append(event)
        self._news.set()
        if len(self._waiting) > BACKLOG:
            self.finish()

    def drain(self) -> list[Event]:
        """What happened since the last call."""
        found = list(self._waiting)
        self._waiting.clear()
        self._news.clear()
        return found

    async def news(self, seconds: float) -> None:
        """Wait until something happened, or so many seconds went by."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._news.wait()
        except TimeoutError:
            return

    def finish(self) -> None:
        """End the watch after what is waiting."""
        self.is_over = True
        self._news.set()

    def close(self) -> None:
        """Listen no more."""
        self._end()


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked to watch."""

    resource: Resource
    selection: Selection
    since: int | None
    bookmarks: bool
    initial: bool | None
    seconds: int


def request_of(query: Mapping[str, str], resource: Resource, selection: Selection) -> Request:
    """The watch of a request's query. Raises a 400."""
    initial = flag(query, "sendInitialEvents") if "sendInitialEvents" in query else None
    match = query.get("resourceVersionMatch", "")
    if initial is None and match:
        why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise invalid_options("ListOptions", forbidden("resourceVersionMatch", why))
    if initial is not None and match != "NotOlderThan":
        why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        cause = Cause("resourceVersionMatch", "FieldValueForbidden", why)
        raise invalid_options("ListOptions", cause)
    return Request(
        resource,
        selection,
        since=requested_version(query),
        bookmarks=flag(query, "allowWatchBookmarks"),
        initial=initial,
        seconds=whole(query, "timeoutSeconds") or DEFAULT_TIMEOUT,
    )


def seen(selection: Selection, resource: Resource, event: Event) -> Change | None:
    """An event as a selection sees it: an object may come into it or drop out of it."""
    if not selection.is_narrow:
        inside = not selection.namespace or event.now.key[0] == selection.namespace
        return Change(event.type, event.now, event.revision) if inside else None
    was = event.before is not None and _accepts(selection, resource, event.before)
    if event.type == "DELETED":
        return Change("DELETED", event.now, event.revision) if was else None
    is_now = _accepts(selection, resource, event.now)
    if is_now:
        return Change("MODIFIED" if was else "ADDED", event.now, event.revision)
    if was and event.before is not None:
        return Change("DELETED", event.before, event.revision)
    return None


def _accepts(selection: Selection, resource: Resource, record: Record) -> bool:
    return selection.accepts(record, partial(present, resource))


class Watch:
    """One watch: where it stands, and the lines it has to send."""

    def __init__(self, cluster: Cluster, request: Request, form: Form, lines: Lines) -> None:
        self._cluster = cluster
        self._request = request
        self._form = form
        self._made = lines
        self._position = cluster.storage.revision

    def begin(self) -> Iterator[bytes]:
        """The lines for what there is already. Raises a 410 or 504."""
        request, storage = self._request, self._cluster.storage
        if request.initial and request.since and request.since > storage.revision:
            raise too_large_version(request.since, storage.revision)
        if request.initial or (request.initial is None and not request.since):
            yield from self._present_ones()
            if request.initial and request.bookmarks:
                yield self._bookmark({INITIAL_END: "true"})
        elif request.since:
            yield from self._missed(request.since)

    def _present_ones(self) -> Iterator[bytes]:
        resource, selection = self._request.resource, self._request.selection
        records = self._cluster.storage.shelf(resource.shelf).in_order(selection.namespace)
        for record in select(records, resource, selection):
            yield frame("ADDED", self._form.one(record))

    def _missed(self, since: int) -> Iterator[bytes]:
        collection = self._cluster.storage.shelf(self._request.resource.shelf)
        try:
            events = collection.since(since)
        except TooOld as error:
            raise expired(f"too old resource version: {since} ({error.oldest})") from error
        self._position = max(since, self._position)
        yield from self._lines(events)

    def _lines(self, events: list[Event]) -> Iterator[bytes]:
        request = self._request
        for event in events:
            if change := seen(request.selection, request.resource, event):
                yield self._line(change)

    def _line(self, change: Change) -> bytes:
        form = self._form
        if not form.name:
            return frame(change.type, form.one(change.shown()))
        place = (change.revision, change.type, form.name)
        return self._made.at(place, lambda: form.one(change.shown()))

    def _bookmark(self, annotations: Object | None = None) -> bytes:
        resource = self._request.resource
        metadata: Object = {"resourceVersion": str(self._position)}
        if annotations:
            metadata["annotations"] = annotations
        content: Object = {
            "kind": resource.kind,
            "apiVersion": resource.api_version,
            "metadata": metadata,
        }
        return frame("BOOKMARK", self._form.one(Record(("", ""), self._position, content)))

    async def settled(self) -> None:
        """Wait until nothing that was told can be lost."""
        await self._cluster.storage.journal.settled()

    async def follow(self, feed: Feed) -> AsyncGenerator[bytes, None]:
        """The lines for what happens, until the time is over or the feed is cut off."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._request.seconds
        marked = loop.time()
        while not feed.is_over and (now := loop.time()) < end:
            await feed.news(min(end - now, BOOKMARK_EVERY))
            # A client that is behind may have asked for a revision that is still to come.
            events = [each for each in feed.drain() if each.revision > self._position]
            # Before the lines are taken: more is written while they are on their way.
            self._position = max(self._position, self._cluster.storage.revision)
            if events:
                yield b"".join(self._lines(events))
            if self._request.bookmarks and loop.time() - marked >= BOOKMARK_EVERY:
                marked = loop.time()
                yield self._bookmark()
        if self._request.bookmarks:
            yield self._bookmark()
