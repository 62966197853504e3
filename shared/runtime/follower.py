"""Who follows which object: a change of it wakes those, and nobody has to look through all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from shared.manifest.identity import Manifest, Ref
from shared.reconcile.key import Key
from shared.runtime.controller import key_of

Listener = Callable[[Manifest | None, Manifest | None], None]


class Watched(Protocol):
    """A kind that is watched (shared.cluster.cache.Cache)."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(old, new)` for what is there and at every change from now on."""


class Followers:
    """The objects of a kind by what they follow. `followed`: what one names."""

    def __init__(self, kind: Watched, followed: Callable[[Manifest], Iterable[Ref]]) -> None:
        self._followed = followed
        self._keys: dict[Ref, dict[Key, None]] = {}
        kind.subscribe(self._heed)

    def of(self, ref: Ref) -> Collection[Key]:
        """Those that follow an object, in the order in which they came."""
        return tuple(self._keys.get(ref, ()))

    def _heed(self, old: Manifest | None, new: Manifest | None) -> None:
        before = set(self._followed(old)) if old else set()
        after = set(self._followed(new)) if new else set()
        key = key_of(new or old or {})
        for ref in before - after:
            self._drop(ref, key)
        for ref in after:
            self._keys.setdefault(ref, {})[key] = None

    def _drop(self, ref: Ref, key: Key) -> None:
        keys = self._keys.get(ref, {})
        keys.pop(key, None)
        if not keys:
            self._keys.pop(ref, None)
