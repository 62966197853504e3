"""What wakes a GitRepository besides its own changes: another artifact of one that it includes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from shared.manifest.identity import Manifest, metadata, section, text
from shared.runtime.controller import Trigger, key_of
from shared.runtime.queue import Queue
from source_controller.inclusion import included_by

Listener = Callable[[Manifest | None, Manifest | None], None]


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All objects."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` at every change from now on."""


def include_changed(repositories: Watched) -> Trigger:
    """A GitRepository offers something else: those that include it are due at once. One that is
    seen for the first time wakes nobody: then all are due anyway, or it has nothing yet."""

    def subscribe(queue: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if old is None or new is None or _offer(old) == _offer(new):
                return
            name, namespace = text(metadata(new), "name"), text(metadata(new), "namespace")
            for manifest in repositories.all():
                is_near = text(metadata(manifest), "namespace") == namespace
                if is_near and name in included_by(manifest):
                    queue.add(key_of(manifest))

        repositories.subscribe(listener)

    return subscribe


def _offer(manifest: Manifest) -> tuple[str, str]:
    artifact = section(section(manifest, "status"), "artifact")
    return text(artifact, "revision"), text(artifact, "digest")
