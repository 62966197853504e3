"""What wakes a HelmChart besides its own changes: something new in its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from shared.manifest.identity import Manifest, metadata, section, text
from shared.runtime.controller import Trigger, key_of
from shared.runtime.queue import Queue

Listener = Callable[[Manifest | None, Manifest | None], None]


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All objects."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` at every change from now on."""


def source_changed(kind: str, sources: Watched, charts: Watched) -> Trigger:
    """A source of the kind offers a revision that a chart from it was not made of: the chart is due
    at once."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if old is None or new is None or _revision(old) == _revision(new):
                return
            for chart in charts.all():
                if _is_from(chart, kind, new) and _seen(chart) != _revision(new):
                    queue.add(key_of(chart))

        sources.subscribe(listener)

    return subscribe


def _is_from(chart: Manifest, kind: str, source: Manifest) -> bool:
    named = section(section(chart, "spec"), "sourceRef")
    about = metadata(source)
    return (text(named, "kind"), text(named, "name"), text(metadata(chart), "namespace")) == (
        kind,
        text(about, "name"),
        text(about, "namespace"),
    )


def _revision(source: Manifest) -> str:
    return text(section(section(source, "status"), "artifact"), "revision")


def _seen(chart: Manifest) -> str:
    return text(section(chart, "status"), "observedSourceArtifactRevision")
