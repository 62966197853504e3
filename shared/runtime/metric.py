"""Figures about this process, for Prometheus, under the names that Flux's dashboards know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from shared.reconcile.key import Key
from shared.runtime.queue import Queue

# Ten steps from 10 ms to half an hour, as Flux has them (flux.md 1.5).
BUCKETS = tuple(0.01 * (1800 / 0.01) ** (step / 9) for step in range(10))

DELAYS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds. A loop that is later than 0.1 is too late."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a controller has by itself, and that is read off when somebody asks. `label`:
    what tells its values apart, empty where there is one only, several where it takes several;
    `grows`: whether it is a counter, whose name then gets `_total`."""

    name: str
    meaning: str
    read: Callable[[], Mapping[str, float] | Mapping[tuple[str, ...], float]]
    label: str | tuple[str, ...] = ""
    grows: bool = False


class Tokens(Protocol):
    """Credentials of clouds that are kept (shared.cloud.keep.Keep)."""

    served: int
    failed: int
    evicted: int

    def __len__(self) -> int:
        """How many are kept."""


class Metrics:
    """The registry of one process, and what workers count in it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._duration = Histogram(
            "gotk_reconcile_duration_seconds",
            "The duration of a reconciliation, in seconds.",
            ("kind", "name", "namespace"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._results = Counter(
            "controller_runtime_reconcile",
            "Reconciliations, by controller and result.",
            ("controller", "result"),
            registry=self.registry,
        )
        self._loop_lag = Gauge(
            "penstock_loop_lag_seconds",
            "How late the event loop was when it was last asked.",
            registry=self.registry,
        )
        self._loop_delay = Histogram(
            "penstock_loop_delay_seconds",
            "How late the event loop was, each time it was asked.",
            buckets=DELAYS,
            registry=self.registry,
        )
        self._tokens: list[Tokens] = []
        self.registry.register(_Reading(lambda: _token_figures(self._tokens)))

    def looped(self, late: float) -> None:
        """Note how late the event loop was, in seconds."""
        self._loop_lag.set(late)
        self._loop_delay.observe(late)

    def reconciled(self, kind: str, key: Key, seconds: float, result: str) -> None:
        """Count one attempt."""
        self._duration.labels(kind, key.name, key.namespace).observe(seconds)
        self._results.labels(kind.lower(), result).inc()

    def gone(self, kind: str, key: Key) -> None:
        """Drop the series of an object that is gone."""
        self._duration.remove_by_labels(
            {"kind": kind, "name": key.name, "namespace": key.namespace}
        )

    def watch_queue(self, kind: str, queue: Queue) -> None:
        """Show the depth and the additions of a queue."""
        self.registry.register(_Reading(lambda: _queue_figures(kind, queue)))

    def watch_requests(self, counts: Callable[[], Iterable[tuple[str, str, int]]]) -> None:
        """Show requests to the API server: (verb, resource, how many)."""
        self.registry.register(_Reading(lambda: _request_figures(counts())))

    def watch_tokens(self, tokens: Tokens) -> None:
        """Count credentials of clouds among those that are shown."""
        self._tokens.append(tokens)

    def watch(self, *figures: Figure) -> None:
        """Show figures of a controller."""
        self.registry.register(_Reading(lambda: map(_family, figures)))

    def text(self) -> bytes:
        """All figures in Prometheus' text form."""
        return generate_latest(self.registry)


class _Reading(Collector):
    """Figures that are read off when somebody asks."""

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()

    def describe(self) -> Iterable[Metric]:
        return ()


def _family(figure: Figure) -> Metric:
    family = CounterMetricFamily if figure.grows else GaugeMetricFamily
    labels = (figure.label,) if isinstance(figure.label, str) else figure.label
    found = family(figure.name, figure.meaning, labels=labels if figure.label else ())
    for value, number in figure.read().items():
        values = (value,) if isinstance(value, str) else value
        found.add_metric(values if figure.label else (), number)
    return found


def _queue_figures(kind: str, queue: Queue) -> Iterable[Metric]:
    depth = GaugeMetricFamily("workqueue_depth", "Objects that are due.", labels=("name",))
    depth.add_metric((kind.lower(),), len(queue))
    yield depth
    added = CounterMetricFamily("workqueue_adds", "Wishes for attention.", labels=("name",))
    added.add_metric((kind.lower(),), queue.added)
    yield added


def _request_figures(counts: Iterable[tuple[str, str, int]]) -> Iterable[Metric]:
    requests = CounterMetricFamily(
        "rest_client_requests", "Requests to the API server.", labels=("method", "resource")
    )
    for verb, resource, number in counts:
        requests.add_metric((verb, resource), number)
    yield requests


def _token_figures(kept: Sequence[Tokens]) -> Iterable[Metric]:
    """As Flux has them, for all of this process together."""
    items = GaugeMetricFamily("gotk_token_cached_items", "Credentials of clouds that are kept.")
    items.add_metric((), sum(map(len, kept)))
    yield items
    requests = CounterMetricFamily(
        "gotk_token_cache_requests", "Requests for credentials of clouds.", labels=("status",)
    )
    requests.add_metric(("success",), sum(one.served for one in kept))
    requests.add_metric(("failure",), sum(one.failed for one in kept))
    yield requests
    evictions = CounterMetricFamily(
        "gotk_token_cache_evictions", "Credentials of clouds that went for want of room."
    )
    evictions.add_metric((), sum(one.evicted for one in kept))
    yield evictions
