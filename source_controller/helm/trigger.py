"""What wakes a HelmChart besides its own changes: something new in its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

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
    """A source of the kind offers something else: a chart from it is due at once that was made of
    another revision, or that is not ready and may wait for just that."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if old is None or new is None or _offer(old) == _offer(new):
                return
            for chart in charts.all():
                is_behind = _seen(chart) != _offer(new)[0] or not _is_ready(chart)
                if is_behind and _is_from(chart, kind, new):
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


def _offer(source: Manifest) -> tuple[str, str]:
    """What a source offers: the revision, and when it was stored."""
    artifact = section(section(source, "status"), "artifact")
    return text(artifact, "revision"), text(artifact, "lastUpdateTime")


def _seen(chart: Manifest) -> str:
    return text(section(chart, "status"), "observedSourceArtifactRevision")


def _is_ready(chart: Manifest) -> bool:
    found = section(chart, "status").get("conditions")
    conditions = cast("list[Manifest]", found) if isinstance(found, list) else []
    return any((one.get("type"), one.get("status")) == ("Ready", "True") for one in conditions)
