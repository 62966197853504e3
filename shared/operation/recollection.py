"""The manifests that were applied last, bounded in bytes: what is put back when an object moves."""

from __future__ import annotations

from collections import OrderedDict
from typing import cast

from shared.manifest.compact import interned, value_of
from shared.manifest.identity import Manifest, Ref

MOST = 64 * 1024 * 1024
"""Bytes of JSON."""


class Recollection:
    """Manifests by object, as JSON: a quarter of what they are as values. Those that were not asked
    for the longest go first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Ref, str] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        """How many manifests are kept."""
        return len(self._kept)

    def keep(self, ref: Ref, content: bytes) -> None:
        """This was applied, as JSON."""
        self.forget(ref)
        self._kept[ref] = interned(content)
        self.bytes += len(content)
        while self.bytes > self._most:
            self.forget(next(iter(self._kept)))

    def holds(self, ref: Ref) -> bool:
        """Whether it is known what was applied last; it is wanted still."""
        if ref not in self._kept:
            return False
        self._kept.move_to_end(ref)
        return True

    def find(self, ref: Ref) -> Manifest | None:
        """What was applied last, or None where that is forgotten."""
        kept = self._kept.get(ref)
        return cast("Manifest", value_of(kept)) if kept is not None else None

    def forget(self, ref: Ref) -> None:
        """Nothing is known of the object any more."""
        self.bytes -= len(self._kept.pop(ref, ""))

    def drop(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.bytes = 0
