"""What wakes a Kustomization besides its own changes: its source, and what it depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from kustomize_controller.dependency import asks_more_of, depends_on
from kustomize_controller.source import SOURCES
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.manifest.verdict import holds
from shared.operation.interruption import Interruptions
from shared.reconcile.key import Key
from shared.runtime.controller import Trigger, key_of, wants_attention
from shared.runtime.follower import Followers
from shared.runtime.queue import Queue

Listener = Callable[[Manifest | None, Manifest | None], None]


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` at every change from now on."""


def source_changed(
    sources: Watched, kustomizations: Watched, interruptions: Interruptions
) -> Trigger:
    """A source offers something else: those that are built from it are due, and whoever still
    waits for the health of the old need not wait any longer."""

    def subscribe(queue: Queue) -> None:
        followers = Followers(kustomizations, _built_from)

        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if new is None or _offer(old) == _offer(new) or not any(_offer(new)):
                return
            for key in followers.of(Ref.of(new)):
                manifest = kustomizations.find(*key)
                if manifest is not None and not _has_had(manifest, new):
                    interruptions.interrupt(key)
                    queue.add(key)

        sources.subscribe(listener)

    return subscribe


def dependency_moved(kustomizations: Watched) -> Trigger:
    """A Kustomization has become ready, or has applied something new: those that depend on it are
    due at once, and need not look again by themselves. One that waits for what a `readyExpr` says
    of it is due at every change that an expression can see."""

    # Few depend on anything: a change of one of a thousand must not cost a look at all.
    dependants: dict[Key, Manifest] = {}

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            dependants.pop(key_of(new or old or {}), None)
            if new is None:
                return
            if section(new, "spec").get("dependsOn"):
                dependants[key_of(new)] = new
            moved = holds(new, "Ready") and _state(old) != _state(new)
            differs = moved or _seen(old) != _seen(new)
            ref = Ref.of(new)
            for manifest in dependants.values() if differs else ():
                if depends_on(manifest, ref) and (moved or _waits_for_words(manifest, ref)):
                    queue.add(key_of(manifest))

        kustomizations.subscribe(listener)

    return subscribe


def kept_while_needed(kustomizations: Watched, release: Callable[[Key], None]) -> Trigger:
    """A trigger that wakes nothing: who names no other cluster any more, or is gone, holds none."""

    def subscribe(_: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if not section(section(new or {}, "spec"), "kubeConfig"):
                release(key_of(new or old or {}))

        kustomizations.subscribe(listener)

    return subscribe


def spec_changed(kustomizations: Watched, interruptions: Interruptions) -> Trigger:
    """A Kustomization itself has changed, is asked to reconcile, or is to go: its wait for the
    health of what it was ends."""

    def subscribe(_: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if wants_attention(old, new):
                interruptions.interrupt(key_of(new or old or {}))

        kustomizations.subscribe(listener)

    return subscribe


def _offer(source: Manifest | None) -> tuple[str, str]:
    """What a source offers: the revision, and the digest, which may change alone."""
    artifact = section(section(source or {}, "status"), "artifact")
    return text(artifact, "revision"), text(artifact, "digest")


def _built_from(manifest: Manifest) -> Iterator[Ref]:
    """The source of a Kustomization, as it is in the API."""
    reference = section(section(manifest, "spec"), "sourceRef")
    namespace = text(reference, "namespace") or text(metadata(manifest), "namespace")
    kind = Kind.parse(text(reference, "apiVersion") or SOURCES, text(reference, "kind"))
    yield Ref(kind.group, kind.kind, namespace, text(reference, "name"))


def _has_had(manifest: Manifest, source: Manifest) -> bool:
    """Whether a Kustomization is ready with just this revision: after a restart every source looks
    new, and is not."""
    status = section(manifest, "status")
    current = text(status, "lastAttemptedRevision") == _offer(source)[0]
    return current and holds(manifest, "Ready")


def _state(manifest: Manifest | None) -> tuple[object, ...]:
    """What dependants ask of a Kustomization."""
    status = section(manifest or {}, "status")
    return (
        holds(manifest or {}, "Ready"),
        status.get("observedGeneration"),
        status.get("lastAppliedRevision"),
    )


def _seen(manifest: Manifest | None) -> tuple[object, ...]:
    """What an expression sees of a Kustomization, but for what moves with every write."""
    meta = metadata(manifest or {})
    labels, annotations = section(meta, "labels"), section(meta, "annotations")
    return (manifest or {}).get("spec"), (manifest or {}).get("status"), labels, annotations


def _waits_for_words(manifest: Manifest, ref: Ref) -> bool:
    """Whether a Kustomization is not ready, and asks another for more than being so."""
    return not holds(manifest, "Ready") and asks_more_of(manifest, ref)
