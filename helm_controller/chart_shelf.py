"""The charts that artifacts are: each fetched and read once, as long as there is room."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import Protocol

from helm_controller import chart
from helm_controller.chart import Chart
from helm_controller.chart_source import Offer
from helm_controller.chart_version import has_digest, tracked
from shared.api import duration
from shared.api.artifact import Artifact
from shared.artifact.error import ArtifactAway, ArtifactNotFound
from shared.reconcile.failure import Waiting

MOST = 128 * 2**20
"""Bytes of charts that are kept."""


class Archives(Protocol):
    """Where artifacts are downloaded (shared.runtime.download.DownloadService)."""

    async def archive(self, artifact: Artifact) -> bytes:
        """An artifact as it is stored. Raises ArtifactNotFound, ArtifactError."""


class ChartShelf:
    """Charts by what they were made of. `tracks`: whether the version of a chart from a registry
    gets a piece of its digest."""

    def __init__(self, archives: Archives, requeue: timedelta, *, tracks: bool = True) -> None:
        self._archives = archives
        self._requeue = requeue
        self._tracks = tracks
        self._charts: OrderedDict[tuple[str, str], Chart] = OrderedDict()
        self.kept = 0

    async def chart(self, offer: Offer) -> tuple[Chart, str]:
        """The chart that a source offers, and the digest in its revision. Raises Waiting where the
        artifact is gone, ArtifactError and HelmError where it is no chart."""
        plain = await self._plain(offer.artifact)
        revision = offer.artifact.revision
        if not has_digest(offer.kind, revision):
            return plain, ""
        version, digest = tracked(plain.version, revision)
        if not self._tracks:
            return plain, digest
        key = offer.artifact.digest, version
        if key not in self._charts:
            self._keep(key, await asyncio.to_thread(plain.with_version, version))
        return self._charts[key], digest

    def drop(self) -> None:
        """Forget everything that is kept. Nothing but speed depends on it."""
        self._charts.clear()
        self.kept = 0

    async def _plain(self, artifact: Artifact) -> Chart:
        key = artifact.digest, ""
        if key in self._charts:
            self._charts.move_to_end(key)
            return self._charts[key]
        try:
            data = await self._archives.archive(artifact)
        except ArtifactNotFound:
            soon = duration.format(self._requeue)
            raise Waiting(
                "ArtifactFailed",
                f"Source not ready: artifact not found. Retrying in {soon}",
                self._requeue,
            ).as_told() from None
        except ArtifactAway as away:
            if away.lasting:
                raise
            raise Waiting("ArtifactFailed", f"Source not ready: {away}", away.pause) from None
        found = await asyncio.to_thread(chart.read, data)
        self._keep(key, found)
        return found

    def _keep(self, key: tuple[str, str], found: Chart) -> None:
        self._charts[key] = found
        self.kept += found.size
        while self.kept > MOST and len(self._charts) > 1:
            _, old = self._charts.popitem(last=False)
            self.kept -= old.size
