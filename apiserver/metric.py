"""`/metrics`: how many requests were answered, how much is stored, what the process takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from apiserver.access.gate import Visit
from apiserver.cluster import Cluster

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_VERBS = {"create": "POST", "update": "PUT"}
_NO_RESOURCE = ("", "", "", "", "")


class Metrics:
    """The figures of one server. `kept`: bytes on the disk; None where all is in memory."""

    def __init__(self, cluster: Cluster, kept: Callable[[], int | None]) -> None:
        self._cluster = cluster
        self._kept = kept
        self._requests: Counter[tuple[str, ...]] = Counter()

    def began(self, visit: Visit, code: int) -> None:
        """A watch counts when it ends."""

    def closed(self, visit: Visit, code: int) -> None:
        """A request was answered."""
        about = visit.about
        group, resource, subresource, version, scope = self._about(visit)
        verb = _VERBS.get(about.verb, about.verb.upper())
        dry_run = "All" if "dryRun=All" in visit.letter.url else ""
        labels = (str(code), "apiserver", dry_run, group, resource, scope, subresource, verb)
        self._requests[*labels, version] += 1

    def _about(self, visit: Visit) -> tuple[str, str, str, str, str]:
        """What is served only: clients cannot make up labels."""
        about = visit.about
        if self._cluster.registry.find(about.group, about.version, about.resource) is None:
            return _NO_RESOURCE
        scope = "resource" if about.name else "namespace" if about.namespace else "cluster"
        part = about.subresource if about.subresource in _PARTS else ""
        return about.group, about.resource, part, about.version, scope

    async def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        # Loaded for those who ask only.
        from apiserver.exposition import exposed

        counted = dict(self._requests)
        return await asyncio.to_thread(exposed, counted, self._cluster.storage, self._kept)


_PARTS = ("status", "scale", "token", "finalize", "approval")
