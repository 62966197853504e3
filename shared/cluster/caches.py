"""One cache a kind, whoever asks for it."""

from __future__ import annotations

import asyncio

from shared.cluster.cache import Cache
from shared.cluster.client import Client
from shared.manifest.identity import Kind
from shared.reconcile.clock import Clock


class Caches:
    """The caches of one process. `namespace`: the only one that is watched; empty: all."""

    def __init__(self, client: Client, clock: Clock, *, namespace: str = "") -> None:
        self._client = client
        self._clock = clock
        self._namespace = namespace
        self._caches: dict[tuple[Kind, bool, str], Cache] = {}
        self._asked = asyncio.Event()

    def of(self, kind: Kind, *, metadata_only: bool = False, labels: str = "") -> Cache:
        """The cache of a kind, in one shape; the same one for the same question. It fills once
        `run` is under way."""
        question = (kind, metadata_only, labels)
        if question not in self._caches:
            self._caches[question] = Cache(
                self._client,
                kind,
                namespace=self._namespace,
                labels=labels,
                metadata_only=metadata_only,
                clock=self._clock,
            )
            self._asked.set()
        return self._caches[question]

    async def run(self) -> None:
        """Keep all caches level until cancelled, those too that are asked for later."""
        started: set[Cache] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._asked.clear()
                for cache in set(self._caches.values()) - started:
                    started.add(cache)
                    tasks.create_task(cache.run(), name=f"cache of {cache.kind}")
                await self._asked.wait()

    def blind(self) -> list[str]:
        """The kinds whose watch is not in touch with the server; not those that are missing."""
        blind = [c for c in self._caches.values() if not (c.missing or c.is_synced())]
        return sorted({str(cache.kind) for cache in blind})

    def missing(self) -> list[str]:
        """The kinds that the server does not serve."""
        return sorted({str(c.kind) for c in self._caches.values() if c.missing})
