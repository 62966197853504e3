"""The figures of a server in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apiserver.storage import Storage

_LABELS = (
    "code", "component", "dry_run", "group", "resource", "scope", "subresource", "verb", "version",
)  # fmt: skip


def exposed(
    requests: Mapping[tuple[str, ...], int], storage: Storage, kept: Callable[[], int | None]
) -> bytes:
    """The answer to `/metrics`. `requests`: how many, by the values of their labels; `kept`: bytes
    on the disk, None where all is in memory."""
    registry = CollectorRegistry()
    registry.register(_Answered(requests))
    ProcessCollector(registry=registry)
    registry.register(_Stored(storage, kept))
    return generate_latest(registry)


class _Answered(Collector):
    """Requests that were answered."""

    def __init__(self, requests: Mapping[tuple[str, ...], int]) -> None:
        self._requests = requests

    def collect(self) -> Iterable[Metric]:
        """The counter."""
        help_ = "Requests by verb, resource and code."
        family = CounterMetricFamily("apiserver_request_total", help_, labels=_LABELS)
        for labels, count in self._requests.items():
            family.add_metric(labels, count)
        yield family


class _Stored(Collector):
    """What is stored, counted when somebody asks."""

    def __init__(self, storage: Storage, kept: Callable[[], int | None]) -> None:
        self._storage = storage
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
