"""Entries that stand in several mappings of an object but are one and the same.

In kustomize labels and annotations that a transformer adds to several fields of an object are one
node. Whoever later changes one of them, changes all: with an overlay's `labels`, a patch, or a
replacement, a selector follows a label. Repositories have come to depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.manifest.identity import Manifest


@dataclass(slots=True, eq=False)
class SharedEntry:
    """The `key` that `holders` have in common, with the value that it has in all of them."""

    key: str
    value: object
    holders: tuple[Manifest, ...]

    def settle(self, manifest: Manifest) -> None:
        """Give all holders the value that one of them was given; of several the last counts, in the
        order in which a patch walks through the object."""
        changed = [holder for holder in self.holders if self._is_other(holder)]
        if not changed:
            return
        last = changed[0] if len(changed) == 1 else _last(manifest, {id(each) for each in changed})
        self.value = last.get(self.key, self.value)
        for holder in self.holders:
            if self.key in holder:
                holder[self.key] = self.value

    def _is_other(self, holder: Manifest) -> bool:
        value = holder.get(self.key, self.value)
        return value != self.value or type(value) is not type(self.value)


def _last(node: object, wanted: set[int]) -> Manifest:
    """The last of some mappings within a value; empty if there is none."""
    found: Manifest = {}
    if isinstance(node, dict):
        found = node if id(node) in wanted else found
        for key in sorted(node):
            found = _last(node[key], wanted) or found
    elif isinstance(node, list):
        for item in node:
            found = _last(item, wanted) or found
    return found


def settle(entries: Iterable[SharedEntry], manifest: Manifest) -> None:
    """Let all holders of entries agree again, after something may have changed some of them."""
    for entry in entries:
        entry.settle(manifest)


def shared_entries(
    made: Iterable[tuple[str, Manifest]], values: dict[str, str]
) -> tuple[SharedEntry, ...]:
    """The entries that were made in more than one mapping; `made` are their keys and holders."""
    holders: dict[str, list[Manifest]] = {}
    for key, holder in made:
        holders.setdefault(key, []).append(holder)
    return tuple(
        SharedEntry(key, values[key], tuple(found))
        for key, found in holders.items()
        if len(found) > 1
    )
