"""The manifests that were applied last, bounded in bytes: what is put back when an object moves."""

from __future__ import annotations

from collections import OrderedDict

from shared.manifest.identity import Manifest, Ref

MOST = 64 * 1024 * 1024
"""Bytes of JSON. Most of it costs nothing: a manifest is the very one that the build remembers."""


class Recollection:
    """Manifests by object. Those that were not asked for the longest go first; `bytes`: as JSON."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Ref, tuple[Manifest, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        """How many manifests are kept."""
        return len(self._kept)

    def keep(self, ref: Ref, manifest: Manifest, size: int) -> None:
        """This was applied. `size`: its bytes of JSON."""
        self.forget(ref)
        self._kept[ref] = (manifest, size)
        self.bytes += size
        while self.bytes > self._most:
            self.forget(next(iter(self._kept)))

    def find(self, ref: Ref) -> Manifest | None:
        """What was applied last, or None where that is forgotten."""
        kept = self._kept.get(ref)
        return kept[0] if kept else None

    def forget(self, ref: Ref) -> None:
        """Nothing is known of the object any more."""
        kept = self._kept.pop(ref, None)
        self.bytes -= kept[1] if kept else 0

    def drop(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.bytes = 0
