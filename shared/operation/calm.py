"""Owners of whose objects nothing has become since all of them were gone through.

To go through a thousand objects takes a moment even where not one request is made. While the watch
shows nothing at all of them, there is no need to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.manifest.identity import Kind
from shared.reconcile.clock import Clock
from shared.reconcile.key import Key


@dataclass(frozen=True, slots=True)
class Calm:
    """What was gone through. `done`: all that it depended on; `until`: how long it is trusted, on
    the monotonic clock."""

    done: object
    objects: int
    kinds: frozenset[Kind]
    until: float


class Calms:
    """The owners that rest. `seen`: whether all objects of a kind are watched, and seen."""

    def __init__(self, clock: Clock, seen: Callable[[Kind], bool]) -> None:
        self._clock = clock
        self._seen = seen
        self._calms: dict[Key, Calm] = {}
        self._begun: set[Key] = set()

    def begin(self, owner: Key) -> None:
        """The objects of an owner are about to be gone through."""
        self._begun.add(owner)

    def rest(self, owner: Key, calm: Calm) -> None:
        """All objects of an owner have been gone through. It rests unless something has become of
        one since that began: that may have been just after the one was looked at."""
        if owner in self._begun:
            self._begun.discard(owner)
            self._calms[owner] = calm

    def stir(self, owner: Key) -> None:
        """Something has become of an object of an owner, or is about to."""
        self._begun.discard(owner)
        self._calms.pop(owner, None)

    def drop(self) -> None:
        """Nobody rests."""
        self._begun.clear()
        self._calms.clear()

    def kinds(self, owner: Key) -> frozenset[Kind]:
        """The kinds of the objects of an owner that rests."""
        calm = self._calms.get(owner)
        return calm.kinds if calm else frozenset()

    def objects(self, owner: Key, done: object) -> int:
        """How many objects an owner has that rests, where what would be done is what was done;
        otherwise 0."""
        calm = self._calms.get(owner)
        if calm is None or calm.done != done or self._clock.monotonic() >= calm.until:
            return 0
        return calm.objects if all(map(self._seen, calm.kinds)) else 0
