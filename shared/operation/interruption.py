"""Ends a wait that has become pointless: something newer is there to be applied."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from shared.reconcile.key import Key


class Wanted(Protocol):
    """Who knows what is due (shared.runtime.queue.Queue)."""

    def wanted_again(self, key: Key) -> bool:
        """Whether `key` has become due while it is being worked on."""


class Interruptions:
    """Those that wait right now, and a way to wake each."""

    def __init__(self) -> None:
        self._waiting: dict[Key, asyncio.Event] = {}
        self._read: dict[Key, int] = {}
        self._queue: Wanted | None = None

    def heed(self, queue: Wanted) -> None:
        """A trigger that wakes nothing: from now on, what is wanted again before its wait has even
        begun does not wait at all."""
        self._queue = queue

    @contextmanager
    def heeded(self, key: Key) -> Iterator[asyncio.Event]:
        """While inside, the event is set when `key` is interrupted. One wait a key at a time: the
        queue sees to that."""
        event = self._waiting[key] = asyncio.Event()
        if self._queue is not None and self._queue.wanted_again(key):
            event.set()
        try:
            yield event
        finally:
            del self._waiting[key]
            self._read.pop(key, None)

    def of(self, key: Key) -> asyncio.Event | None:
        """The event of `key`, while it is heeded."""
        return self._waiting.get(key)

    def interrupt(self, key: Key) -> None:
        """What `key` waits for, if it waits, has been overtaken."""
        if key in self._waiting:
            self._waiting[key].set()

    def read(self, key: Key, version: int) -> None:
        """The source of `key` was read, while it is heeded, as of this resource version."""
        self._read[key] = version

    def overtake(self, key: Key, version: int) -> None:
        """The source of `key` has this resource version. That overtakes an attempt that has read an
        earlier one, and none that has yet to read it: it may be told of later than it is read."""
        if version > self._read.get(key, version):
            self.interrupt(key)
