"""What wakes a HelmRelease besides its own changes: its chart, what it depends on, its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Protocol

from helm_controller.chart_source import HELM_CHART, SOURCES
from helm_controller.dependency import depended_on
from helm_controller.reckoning import FORCE_AT
from helm_controller.target import TIMEOUT
from shared.api import duration
from shared.cluster.holding import version_of
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.manifest.verdict import holds
from shared.operation.interruption import Interruptions
from shared.reconcile.key import Key
from shared.runtime.controller import Trigger, key_of
from shared.runtime.follower import Followers
from shared.runtime.queue import Queue

CONFIG_MAP = Kind("", "v1", "ConfigMap")
SECRET = Kind("", "v1", "Secret")

Listener = Callable[[Manifest | None, Manifest | None], None]
Woken = Callable[[Manifest | None, Manifest | None], tuple[str, str]]


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All objects."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` at every change from now on."""


def source_changed(sources: Watched, releases: Watched, interruptions: Interruptions) -> Trigger:
    """A source offers something else, or is ready at last: those whose chart it is are due. Who
    still waits for the old need not wait any longer."""

    def subscribe(queue: Queue) -> None:
        followers = Followers(releases, lambda release: [source_in(release)])

        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if new is None or _offer(old) == _offer(new):
                return
            for key in followers.of(Ref.of(new)):
                if old is not None and _artifact(old) != _artifact(new):
                    interruptions.overtake(key, version_of(new))
                queue.add(key)

        sources.subscribe(listener)

    return subscribe


def recorded(records: Watched, releases: Watched, woken: Woken) -> Trigger:
    """Somebody else has written a record of a release: its HelmRelease is due. `woken`: whose
    record a change is of, where it is not our own doing."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            namespace, name = woken(old, new)
            for manifest in releases.all() if name else ():
                if _has_records(manifest, namespace, name):
                    queue.add(key_of(manifest))

        records.subscribe(listener)

    return subscribe


def begun(records: Watched, releases: Watched, woken: Woken) -> Trigger:
    """Somebody else has begun something with a release: its HelmRelease is due when the time for
    that is up, for whoever began it may have died. `woken`: with whose release."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            namespace, name = woken(old, new)
            for manifest in releases.all() if name else ():
                if _has_records(manifest, namespace, name):
                    queue.add_after(key_of(manifest), _limit(manifest))

        records.subscribe(listener)

    return subscribe


def dependency_moved(releases: Watched) -> Trigger:
    """A HelmRelease has become ready: those that depend on it are due at once."""

    def subscribe(queue: Queue) -> None:
        followers = Followers(releases, depended_on)

        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if new is None or not holds(new, "Ready") or _state(old) == _state(new):
                return
            for key in followers.of(Ref.of(new)):
                queue.add(key)

        releases.subscribe(listener)

    return subscribe


def spec_changed(releases: Watched, interruptions: Interruptions) -> Trigger:
    """A HelmRelease has another spec, is to be released anyway, or is to go: its wait for what it
    was ends. A mere request to look at it ends no wait: nothing else would come of it."""

    def subscribe(_: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if _wish(old) != _wish(new):
                interruptions.interrupt(key_of(new or old or {}))

        releases.subscribe(listener)

    return subscribe


def configuration_changed(
    configurations: Watched, releases: Watched, interruptions: Interruptions
) -> Trigger:
    """A ConfigMap or Secret is new, other than before, or gone: those that refer to it are due, and
    need not wait for what they were."""

    def subscribe(queue: Queue) -> None:
        followers = Followers(releases, referred)

        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if _version(old) == _version(new):
                return
            for key in followers.of(Ref.of(new or old or {})):
                interruptions.interrupt(key)
                queue.add(key)

        configurations.subscribe(listener)

    return subscribe


def kept_while_needed(releases: Watched, release: Callable[[Key], None]) -> Trigger:
    """A trigger that wakes nothing: who names no other cluster any more, or is gone, holds none."""

    def subscribe(_: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if not section(section(new or {}, "spec"), "kubeConfig"):
                release(key_of(new or old or {}))

        releases.subscribe(listener)

    return subscribe


def source_in(release: Manifest) -> Ref:
    """The source of a HelmRelease, as it is in the API."""
    spec = section(release, "spec")
    reference = section(spec, "chartRef")
    if not reference:
        namespace, _, name = text(section(release, "status"), "helmChart").partition("/")
        return Ref(HELM_CHART.group, HELM_CHART.kind, namespace, name)
    kind = Kind.parse(text(reference, "apiVersion") or SOURCES, text(reference, "kind"))
    namespace = text(reference, "namespace") or text(metadata(release), "namespace")
    return Ref(kind.group, kind.kind, namespace, text(reference, "name"))


def referred(release: Manifest) -> Iterator[Ref]:
    """The ConfigMaps and Secrets that a HelmRelease reads: all of its own namespace."""
    namespace = text(metadata(release), "namespace")
    spec = section(release, "spec")
    for reference in _list(spec, "valuesFrom"):
        yield Ref("", text(reference, "kind"), namespace, text(reference, "name"))
    kube_config = section(spec, "kubeConfig")
    yield Ref("", SECRET.kind, namespace, text(section(kube_config, "secretRef"), "name"))
    yield Ref("", CONFIG_MAP.kind, namespace, text(section(kube_config, "configMapRef"), "name"))


def _has_records(release: Manifest, namespace: str, name: str) -> bool:
    """Whether a HelmRelease, as it is in the API, has its records there."""
    status = section(release, "status")
    history = [one for one in _list(status, "history") if text(one, "name") == name]
    return bool(history) and text(status, "storageNamespace") == namespace


def _limit(release: Manifest) -> timedelta:
    """How long an action may take, as `spec.timeout` says."""
    said = text(section(release, "spec"), "timeout")
    try:
        return duration.parse(said) if said else TIMEOUT
    except ValueError:
        return TIMEOUT


def _list(node: Manifest, key: str) -> Iterable[Manifest]:
    found = node.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _offer(source: Manifest | None) -> tuple[object, ...]:
    """What a source offers, since when, and whether that is what is asked of it: what was lost may
    be on offer again."""
    status = section(source or {}, "status")
    return (
        *_artifact(source),
        text(section(status, "artifact"), "lastUpdateTime"),
        status.get("observedGeneration"),
        holds(source or {}, "Stalled"),
    )


def _artifact(source: Manifest | None) -> tuple[str, str]:
    artifact = section(section(source or {}, "status"), "artifact")
    return text(artifact, "revision"), text(artifact, "digest")


def _wish(release: Manifest | None) -> tuple[object, ...]:
    """What is wanted of a HelmRelease: its spec, that it goes, that it is released anyway."""
    meta = metadata(release or {})
    force = section(meta, "annotations").get(FORCE_AT)
    return meta.get("uid"), meta.get("generation"), meta.get("deletionTimestamp"), force


def _state(manifest: Manifest | None) -> tuple[object, ...]:
    """What dependants ask of a HelmRelease."""
    status = section(manifest or {}, "status")
    return holds(manifest or {}, "Ready"), status.get("observedGeneration")


def _version(manifest: Manifest | None) -> str:
    return text(metadata(manifest or {}), "resourceVersion")
