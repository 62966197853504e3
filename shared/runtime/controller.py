"""One kind and everything that runs for it: its cache, its triggers, its workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.manifest.identity import Manifest, metadata, text
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from shared.runtime.subject import REQUESTED_AT


class Runnable(Protocol):
    """Something that runs for as long as its controller does."""

    async def run(self) -> None:
        """Run until cancelled."""


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    async def run(self) -> None:
        """Keep level with the API server until cancelled."""

    async def answered(self) -> None:
        """Wait until all objects have been seen once, or the server is known not to serve them."""

    def is_synced(self) -> bool:
        """Whether all objects have been seen, and the watch is not known to be blind."""


Trigger = Callable[[Queue], None]
"""Subscribes to something and adds to the queue the keys that it wakes."""


@dataclass(frozen=True, slots=True)
class Controller:
    """What `controllers.process` starts. `lease`: the name under which it is elected leader.

    `caches`: watched before the first reconciliation, shared between controllers of a process; a
    kind that the cluster does not serve holds nobody up.
    `always`: runs as leader, beside the workers (an artifact server, a drift watch);
    `everywhere`: runs in every replica, whoever is leader (what reads and changes nothing).
    """

    kind: str
    lease: str
    queue: Queue
    workers: Sequence[Runnable]
    triggers: Sequence[Trigger]
    caches: Sequence[Watched]
    always: Sequence[Runnable] = field(default_factory=tuple)
    everywhere: Sequence[Runnable] = field(default_factory=tuple)

    async def run(self) -> None:
        """Work until cancelled. The caches are run by the process, which may share them."""
        for trigger in self.triggers:
            trigger(self.queue)
        async with asyncio.TaskGroup() as tasks:
            for runnable in self.always:
                tasks.create_task(runnable.run(), name=f"{self.kind} {type(runnable).__name__}")
            for cache in self.caches:
                await cache.answered()
            for number, worker in enumerate(self.workers):
                tasks.create_task(worker.run(), name=f"{self.kind} worker {number}")


def wants_attention(old: Manifest | None, new: Manifest | None) -> bool:
    """Whether a change of one of our own objects is a reason to reconcile it: it is new or gone,
    its spec or its deletion moved, or a new request is on it. Labels, other annotations and our
    own status writes are not (flux.md 12 (1))."""
    if old is None or new is None:
        return True
    return _reasons(old) != _reasons(new)


def key_of(manifest: Manifest) -> Key:
    """The queue's key for an object."""
    return Key(text(metadata(manifest), "namespace"), text(metadata(manifest), "name"))


def _reasons(manifest: Manifest) -> tuple[object, ...]:
    meta = metadata(manifest)
    annotations = meta.get("annotations")
    request = annotations.get(REQUESTED_AT) if isinstance(annotations, dict) else None
    return meta.get("uid"), meta.get("generation"), meta.get("deletionTimestamp"), request
