"""Charts of indexes that were looked up lately, so that an index is not searched again for each
HelmChart (`--helm-cache-max-size`, `--helm-cache-ttl`, `--helm-cache-purge-interval`)."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from shared.reconcile.clock import Clock
from source_controller.helm.index import ChartVersion

Versions = tuple[ChartVersion, ...] | None


@dataclass(slots=True)
class _Entry:
    """What is known of an index, until a moment of the clock, in seconds."""

    until: float
    charts: dict[str, Versions] = field(default_factory=dict)


@dataclass(slots=True)
class IndexCache:
    """By the path of an index's artifact: of two repositories, even of one URL, neither sees what
    was fetched for the other. `most`: indexes; 0 for no cache at all."""

    clock: Clock
    most: int = 0
    ttl: timedelta = timedelta(minutes=15)
    every: timedelta = timedelta(minutes=1)
    evictions: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    events: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _entries: OrderedDict[str, _Entry] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, path: str) -> dict[str, Versions] | None:
        """What is known of an index, which then lives on; None for nothing."""
        entry = self._entries.get(path)
        if entry is None or entry.until <= self.clock.monotonic():
            return None
        self._entries.move_to_end(path)
        entry.until = self._until()
        return entry.charts

    def put(self, path: str, chart: str, versions: Versions) -> None:
        """Remember a chart of an index. The index that was asked for the longest ago makes way."""
        if not self.most:
            return
        entry = self._entries.setdefault(path, _Entry(0))
        entry.until = self._until()
        entry.charts[chart] = versions
        self._entries.move_to_end(path)
        while len(self._entries) > self.most:
            self._entries.popitem(last=False)
            self.evictions += 1
        self.requests["success"] += 1

    def note(self, name: str, namespace: str, *, hit: bool) -> None:
        """Count a look-up for a HelmRepository."""
        if self.most:
            self.events["cache_hit" if hit else "cache_miss", name, namespace] += 1
            self.requests["success"] += 1

    def forget(self, name: str, namespace: str) -> None:
        """Count no more for a HelmRepository that is gone."""
        for event in ("cache_hit", "cache_miss"):
            self.events.pop((event, name, namespace), None)

    async def run(self) -> None:
        """Let go of what is too old, now and then, until cancelled."""
        while True:
            await self.clock.sleep(self.every)
            now = self.clock.monotonic()
            old = [path for path, entry in self._entries.items() if entry.until <= now]
            for path in old:
                del self._entries[path]
            self.evictions += len(old)

    def _until(self) -> float:
        return self.clock.monotonic() + self.ttl.total_seconds()
