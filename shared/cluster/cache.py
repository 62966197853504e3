"""All objects of a kind, kept level with the API server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import asdict
from datetime import timedelta

import structlog

from shared.cluster.client import Client
from shared.cluster.error import ClusterError, Gone, NoSuchKind
from shared.cluster.holding import Holding, Listener, is_before
from shared.cluster.query import Listing, Scope
from shared.cluster.watch import Change
from shared.manifest.identity import Kind, Manifest, metadata, text
from shared.reconcile.clock import Clock
from shared.reconcile.pace import Backoff

FIRST_PAUSE = timedelta(milliseconds=200)
LONGEST_PAUSE = timedelta(seconds=30)
SHORT = 1.0
"""Seconds. A watch that ends sooner, without a word, is a failure: the server is not well."""

TOO_MANY = 429

HINT = "install its CustomResourceDefinition: until then there are no objects of this kind"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Cache:
    """The objects of one kind (of a namespace, with certain labels), listed once and then watched.

    A watch that ends is taken up where it ended. The list is made anew where the server cannot go
    on from there (410), where it has gone back in time, and where it was away: it may be another
    one when it returns. Whoever reads an object from here must not change it.

    A kind that the server does not serve, for want of its CustomResourceDefinition, has no objects:
    it is `missing` until the server does, which is asked for in the same pauses.
    """

    def __init__(  # noqa: PLR0913 - each says which objects, but for the last three
        self,
        client: Client,
        kind: Kind,
        *,
        namespace: str = "",
        labels: str = "",
        metadata_only: bool = False,
        clock: Clock,
        managed_fields: bool = False,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.kind = kind
        self._client = client
        self._scope = Scope(namespace, labels, metadata_only=metadata_only)
        self._clock = clock
        self._chance = chance
        self._holding = Holding(
            managed_fields=managed_fields or metadata_only, packed=metadata_only
        )
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._since = ""
        self._listed, self._answered = asyncio.Event(), asyncio.Event()
        self.missing = False
        self._open = self._in_touch = False

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None; the namespace of a cluster-wide one is empty."""
        return self._holding.find(namespace, name)

    def all(self) -> list[Manifest]:
        """All objects."""
        return self._holding.all()

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` for what is there, with None for old, and at every change from
        now on; None for an absent object."""
        self._holding.subscribe(listener)

    async def synced(self) -> None:
        """Wait until all objects have been seen once."""
        await self._listed.wait()

    async def answered(self) -> None:
        """Wait until all objects have been seen once, or the server is known not to serve them."""
        await self._answered.wait()

    def is_synced(self) -> bool:
        """Whether all objects have been seen, and the server is not known to be out of touch."""
        return self._listed.is_set() and self._in_touch

    def covers(self, namespace: str) -> bool:
        """Whether objects of that namespace are among those that are watched."""
        return self._scope.namespace in {"", namespace}

    async def level(self) -> None:
        """Bring what is held level with the server now, by a list. Raises ClusterError."""
        listing = await self._list()
        # Where the watch is further on already, the list is old news.
        if not is_before(listing.resource_version, self._since):
            self._replace(listing)

    async def run(self) -> None:
        """Keep level with the server until cancelled."""
        while True:
            started = self._clock.monotonic()
            self._open = False
            try:
                if not self._since:
                    self._replace(await self._list())
                await self._follow()
            except ClusterError as error:
                self._note(error)
                await self._pause()
            else:
                if self._clock.monotonic() - started < SHORT:
                    await self._pause()

    async def _follow(self) -> None:
        """Take every change until the server ends the watch. Raises ClusterError."""
        scope, since = asdict(self._scope), self._since
        async with aclosing(self._client.watch(self.kind, since=since, **scope)) as changes:
            await anext(changes)
            self._open = self._in_touch = True
            async for change in changes:
                self._backoff.forget(self.kind)
                self._take(change, since)
                # Until the next one comes this may be long, and it may be large.
                del change

    def _take(self, change: Change, since: str) -> None:
        version = text(metadata(change.object), "resourceVersion")
        if change.type != "BOOKMARK":
            self._holding.take(change)
        elif is_before(version, since):
            raise Gone(f"watch {self.kind.kind}: the server is at {version}, before {since}")
        if not is_before(version, self._since):
            self._since = version

    def _note(self, error: ClusterError) -> None:
        """What a failure means for the next try. A watch that was cut goes on where it was; a
        server that was away may come back as another one, unless all it had was too much to do."""
        if isinstance(error, NoSuchKind):
            self._miss()
        else:
            log.warning("watch.lost", kind=str(self.kind), error=str(error))
        if not self._open:
            self._in_touch = False
        if isinstance(error, Gone) or (not self._open and error.status != TOO_MANY):
            self._since = ""

    def _miss(self) -> None:
        """The server does not serve the kind: said once, and nobody waits for it."""
        if not self.missing:
            log.warning("kind.missing", kind=str(self.kind), hint=HINT)
        self.missing = True
        self._answered.set()

    async def _pause(self) -> None:
        await self._clock.sleep(self._backoff.failed(self.kind) * (0.5 + self._chance()))

    async def _list(self) -> Listing:
        return await self._client.list(self.kind, **asdict(self._scope))

    def _replace(self, listing: Listing) -> None:
        self._holding.replace(listing.items, listing.resource_version)
        self._since = listing.resource_version
        if self.missing:
            log.info("kind.served", kind=str(self.kind))
        self.missing = False
        self._listed.set()
        self._answered.set()
