"""Plays the cache of a kind: what is put into it is told to whoever subscribed."""

from __future__ import annotations

from collections.abc import Callable

from shared.manifest.identity import Manifest


class FakeKind:
    """The objects of a kind, and who wants to hear of their changes."""

    def __init__(self, *manifests: Manifest) -> None:
        self._manifests = list(manifests)
        self._listeners: list[Callable[[Manifest | None, Manifest | None], None]] = []

    def all(self) -> list[Manifest]:
        """All objects."""
        return self._manifests

    def subscribe(self, listener: Callable[[Manifest | None, Manifest | None], None]) -> None:
        """Tell the listener of what is there, and of every change from now on."""
        self._listeners.append(listener)
        for manifest in self._manifests:
            listener(None, manifest)

    def change(self, old: Manifest | None, new: Manifest | None) -> None:
        """Something has changed."""
        for listener in self._listeners:
            listener(old, new)
