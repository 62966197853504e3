"""Removes the mirrors of remotes that no GitRepository names any more."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from shared.manifest.identity import Manifest, metadata, section, text
from shared.reconcile.clock import Clock

EVERY = timedelta(hours=1)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Watched(Protocol):
    """The GitRepositories of the cluster (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All of them, as they were last seen."""

    def is_synced(self) -> bool:
        """Whether all have been seen."""


class Mirrors(Protocol):
    """The mirrors of remotes (shared.git.remote.Remotes)."""

    def sweep(self, used: Collection[tuple[str, str]]) -> int:
        """Remove all mirrors but those of these URLs and holders. Blocking."""


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Runs beside the workers."""

    watched: Watched
    mirrors: Mirrors
    clock: Clock

    async def run(self) -> None:
        """Sweep now and then, until cancelled."""
        while True:
            await self.clock.sleep(EVERY)
            # A list that is not complete would make us remove what is in use.
            if self.watched.is_synced():
                removed = await asyncio.to_thread(self.mirrors.sweep, set(self._used()))
                log.info("mirrors.swept", removed=removed)

    def _used(self) -> Iterator[tuple[str, str]]:
        for manifest in self.watched.all():
            spec = section(manifest, "spec")
            secret = text(section(spec, "secretRef"), "name")
            namespace = text(metadata(manifest), "namespace")
            yield text(spec, "url"), f"{namespace}/{secret}" if secret else ""
