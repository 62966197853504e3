"""Watches our own kinds become ready, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from cli.show import Show
from cli.verdict import Verdict, verdict_of
from shared.api.definition import KINDS
from shared.cluster.cache import Cache
from shared.cluster.client import Client
from shared.manifest.identity import Kind, Manifest, Ref
from shared.reconcile.clock import Clock

PATIENCE = timedelta(seconds=10)
"""Where nothing has moved for so long and something has failed, it will not mend itself soon."""


class Follower:
    """What is known of the objects of our own kinds, and a line for each that changes."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._verdicts: dict[Ref, Verdict] = {}
        self._moved = asyncio.Event()

    @property
    def verdicts(self) -> Mapping[Ref, Verdict]:
        """The newest verdict on each object."""
        return self._verdicts

    def unready(self) -> list[Verdict]:
        """The verdicts on what is not ready."""
        return [one for one in self._verdicts.values() if one.state != "ready"]

    def see(self, old: Manifest | None, new: Manifest | None) -> None:
        """Take note of a change, and tell what it means."""
        if new is None:
            self._gone(old)
            return
        verdict = verdict_of(new)
        if self._verdicts.get(verdict.ref) != verdict:
            self._verdicts[verdict.ref] = verdict
            self._tell(verdict)
        self._moved.set()

    async def settled(self, limit: timedelta) -> bool:
        """Wait until all is ready (True), until nothing moves and something has failed, or until
        the limit (False)."""
        try:
            async with asyncio.timeout(limit.total_seconds()):
                while not self._is_ready():
                    await self._movement()
                return True
        except TimeoutError:
            return False
        finally:
            self._show.rest()

    def _is_ready(self) -> bool:
        return bool(self._verdicts) and not self.unready()

    async def _movement(self) -> None:
        """Wait for the next change. Raises TimeoutError where none comes and something failed."""
        self._show.wait_for(", ".join(str(one.ref) for one in self.unready()) or "the first object")
        self._moved.clear()
        failed = any(one.state == "failed" for one in self._verdicts.values())
        async with asyncio.timeout(PATIENCE.total_seconds() if failed else None):
            await self._moved.wait()

    def _gone(self, old: Manifest | None) -> None:
        ref = Ref.of(old or {})
        if self._verdicts.pop(ref, None):
            self._show.step(f"{ref}  gone")
        self._moved.set()

    def _tell(self, verdict: Verdict) -> None:
        if verdict.state == "ready":
            self._show.step(str(verdict))
        elif verdict.state == "failed":
            self._show.pending(str(verdict))


@asynccontextmanager
async def following(client: Client, clock: Clock, show: Show) -> AsyncIterator[Follower]:
    """A follower that watches while the body runs."""
    follower = Follower(show)
    caches = [
        Cache(client, Kind(kind.naming.group, kind.naming.version, kind.naming.kind), clock=clock)
        for kind in KINDS
    ]
    async with asyncio.TaskGroup() as tasks:
        running = []
        for cache in caches:
            cache.subscribe(follower.see)
            running.append(tasks.create_task(cache.run(), name="follower"))
        yield follower
        for task in running:
            task.cancel()
