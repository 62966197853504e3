"""What we wrote last of objects that the cache has not caught up with."""

from __future__ import annotations

from shared.manifest.identity import Manifest
from shared.reconcile.key import Key
from shared.runtime.record import newest


class Recent:
    """The objects of one kind as our own writes left them. Acting on what the cache shows while it
    is older would forget what we recorded. Once it is as new, nothing is kept any more: an object
    with a long inventory is large."""

    def __init__(self) -> None:
        self._kept: dict[Key, Manifest] = {}

    def __len__(self) -> int:
        """How many objects the cache is behind with."""
        return len(self._kept)

    def keep(self, key: Key, seen: Manifest, cached: Manifest | None) -> None:
        """We have left the object like this; the cache has it like that."""
        self._kept[key] = seen
        self.heed(key, cached)

    def newest(self, key: Key, cached: Manifest) -> Manifest:
        """The later one of what the cache has and of what we wrote."""
        return newest(cached, self._kept.get(key))

    def heed(self, key: Key, cached: Manifest | None) -> None:
        """The cache shows the object like this, or as gone."""
        kept = self._kept.get(key)
        if kept is not None and (cached is None or newest(cached, kept) is cached):
            del self._kept[key]

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._kept.pop(key, None)
