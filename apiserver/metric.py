"""`/metrics`: how many requests were answered, how much is stored, what the process takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apiserver.access.gate import Visit
from apiserver.cluster import Cluster

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = (
    "code", "component", "dry_run", "group", "resource", "scope", "subresource", "verb", "version",
)  # fmt: skip
_VERBS = {"create": "POST", "update": "PUT"}
_NO_RESOURCE = ("", "", "", "", "")


class Metrics:
    """The figures of one server. `kept`: bytes on the disk; None where all is in memory."""

    def __init__(self, cluster: Cluster, kept: Callable[[], int | None]) -> None:
        self._cluster = cluster
        self._registry = CollectorRegistry()
        help_ = "Requests by verb, resource and code."
        self._requests = Counter("apiserver_request_total", help_, _LABELS, registry=self._registry)
        ProcessCollector(registry=self._registry)
        self._registry.register(_Stored(cluster, kept))

    def began(self, visit: Visit, code: int) -> None:
        """A watch counts when it ends."""

    def closed(self, visit: Visit, code: int) -> None:
        """A request was answered."""
        about = visit.about
        group, resource, subresource, version, scope = self._about(visit)
        verb = _VERBS.get(about.verb, about.verb.upper())
        dry_run = "All" if "dryRun=All" in visit.letter.url else ""
        labels = (str(code), "apiserver", dry_run, group, resource, scope, subresource, verb)
        self._requests.labels(*labels, version).inc()

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
        return await asyncio.to_thread(generate_latest, self._registry)


_PARTS = ("status", "scale", "token", "finalize", "approval")


class _Stored(Collector):
    """What is stored, counted when somebody asks."""

    def __init__(self, cluster: Cluster, kept: Callable[[], int | None]) -> None:
        self._storage = cluster.storage
        self._kept = kept

    def collect(self) -> Iterable[Metric]:
        """The gauges."""
        objects = GaugeMetricFamily(
            "apiserver_storage_objects", "Stored objects by resource.", labels=("resource",)
        )
        size = 0
        for (group, plural), collection in self._storage.shelves():
            records = list(collection.records.values())
            name = f"{plural}.{group}" if group else plural
            objects.add_metric((name,), len(records))
            size += sum(len(record.whole) for record in records)
        yield objects
        help_ = "Bytes of the stored objects as JSON."
        yield GaugeMetricFamily("apiserver_storage_object_bytes", help_, value=size)
        if (kept := self._kept()) is not None:
            help_ = "Bytes of the files in which the cluster is kept."
            yield GaugeMetricFamily("apiserver_storage_size_bytes", help_, value=kept)
