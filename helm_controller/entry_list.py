"""Lists of built-in kinds whose entries are known by a key, merged entry by entry. Pure.

As Kubernetes' strategic merge patches have it: entries of others stay where they are, what the
chart had and has not any more goes. An entry counts with all keys that Kubernetes knows for its
list, so that a port for TCP and the same one for UDP are two (Helm takes the first key alone).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from shared.manifest.identity import Manifest

Known = tuple[object, ...]
"""What an entry is known by."""

Merge = Callable[[Manifest, Manifest, Manifest], Manifest]
"""What an entry becomes that was, shall be, and is."""

_DEFAULTS: Mapping[str, object] = {"protocol": "TCP"}


@dataclass(frozen=True, slots=True)
class EntryList:
    """A list. `keys`: what its entries are known by, their value where there are none."""

    keys: tuple[str, ...]
    merge: Merge

    def merged(
        self, original: Sequence[object], wanted: Sequence[object], live: Sequence[object]
    ) -> list[object] | None:
        """What the list becomes; None where its entries cannot be told apart."""
        before, after, there = (self._known(one) for one in (original, wanted, live))
        if before is None or after is None or there is None:
            return None
        ours = {
            known: self._entry(before.get(known), entry, there[known]) if known in there else entry
            for known, entry in after.items()
        }
        theirs = [known for known in there if known not in after and known not in before]
        order = _interleaved(list(ours), theirs, {known: rank for rank, known in enumerate(there)})
        return [ours[known] if known in ours else there[known] for known in order]

    def _entry(self, original: object, wanted: object, live: object) -> object:
        if not self.keys:
            return wanted
        before = original if isinstance(original, dict) else {}
        return self.merge(
            cast("Manifest", before), cast("Manifest", wanted), cast("Manifest", live)
        )

    def _known(self, entries: Sequence[object]) -> dict[Known, object] | None:
        """Entries by what they are known by; None where one has no key, or two have the same."""
        found: dict[Known, object] = {}
        for entry in entries:
            known = self._key(entry)
            if known is None or known in found:
                return None
            found[known] = entry
        return found

    def _key(self, entry: object) -> Known | None:
        if not self.keys:
            return None if isinstance(entry, dict | list) else (entry,)
        if not isinstance(entry, dict):
            return None
        known = tuple(entry.get(key, _DEFAULTS.get(key)) for key in self.keys)
        return known if all(isinstance(one, str | int) for one in known) else None


def _interleaved(ours: list[Known], theirs: list[Known], ranks: Mapping[Known, int]) -> list[Known]:
    """Entries of the chart in its order, those of others among them where they were: before the
    first one that came after them."""
    order = list(ours)
    start = 0
    for known in theirs:
        rest = range(start, len(order))
        place = next((at for at in rest if ranks.get(order[at], -1) > ranks[known]), len(order))
        order.insert(place, known)
        start = place + 1
    return order
