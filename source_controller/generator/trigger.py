"""What wakes an ArtifactGenerator besides its own changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from shared.api.artifact_generator import GROUP, ArtifactGenerator
from shared.manifest.identity import Manifest, labels_of, metadata, section, text
from shared.reconcile.key import Key
from shared.runtime.controller import Trigger, key_of
from shared.runtime.queue import Queue
from source_controller.generator.product import GENERATOR_LABEL

Listener = Callable[[Manifest | None, Manifest | None], None]


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All objects."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` at every change from now on."""


def source_changed(sources: Watched, generators: Watched) -> Trigger:
    """A source offers something else: the generators that name it are due at once."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if new is None or _offer(new) in {_offer(old or {}), ("", "")}:
                return
            for generator in generators.all():
                if _place(new) in _sources_of(generator):
                    queue.add(key_of(generator))

        sources.subscribe(listener)

    return subscribe


def product_moved(products: Watched) -> Trigger:
    """An ExternalArtifact of a generator was removed, or changed otherwise than in its status: its
    generator is due at once."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if old is None or (new is not None and _is_as_it_was(old, new)):
                return
            if key := _generator_of(old):
                queue.add(key)

        products.subscribe(listener)

    return subscribe


def _generator_of(product: Manifest) -> Key | None:
    if GENERATOR_LABEL not in labels_of(product):
        return None
    producer = section(section(product, "spec"), "sourceRef")
    is_generated = text(producer, "apiVersion").startswith(f"{GROUP}/")
    if not is_generated or text(producer, "kind") != ArtifactGenerator.naming.kind:
        return None
    return Key(text(producer, "namespace"), text(producer, "name"))


def _is_as_it_was(old: Manifest, new: Manifest) -> bool:
    return _marks(old) == _marks(new) and not (_offers(old) and not _offers(new))


def _marks(product: Manifest) -> tuple[object, ...]:
    meta = metadata(product)
    return meta.get("labels"), meta.get("annotations"), section(product, "spec")


def _offers(product: Manifest) -> bool:
    return bool(section(section(product, "status"), "artifact"))


def _place(source: Manifest) -> tuple[str, str, str]:
    meta = metadata(source)
    return text(source, "kind"), text(meta, "namespace"), text(meta, "name")


def _sources_of(generator: Manifest) -> Iterator[tuple[str, str, str]]:
    listed = section(generator, "spec").get("sources")
    own = text(metadata(generator), "namespace")
    for source in listed if isinstance(listed, list) else []:
        if isinstance(source, dict):
            yield text(source, "kind"), text(source, "namespace") or own, text(source, "name")


def _offer(manifest: Manifest) -> tuple[str, str]:
    artifact = section(section(manifest, "status"), "artifact")
    return text(artifact, "revision"), text(artifact, "digest")
