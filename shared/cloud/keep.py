"""What a cloud gave, kept until shortly before it runs out (reference flux.md 1.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from shared.reconcile.clock import Clock

LONGEST = timedelta(hours=1)
MOST = 100
_PART = 0.8


class Passing(Protocol):
    """What runs out (AwsCredentials, BearerToken)."""

    @property
    def until(self) -> datetime | None:
        """When (UTC); None where it does not, or where nobody says so."""


Given = TypeVar("Given", bound=Passing)


@dataclass(slots=True, eq=False)
class _Place(Generic[Given]):
    """What was given under one key. `until`: on the clock that never jumps."""

    given: Given | None = None
    until: float = 0.0
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)


class Keep(Generic[Given]):
    """Keeps what was given for 80% of its life and not longer than `longest`; at most `most` of
    them, of which those go first that were not asked for the longest. Who asks while somebody
    already waits for the same waits with them. `served`, `failed` and `evicted` are counted."""

    def __init__(self, clock: Clock, most: int = MOST, longest: timedelta = LONGEST) -> None:
        self._clock = clock
        self._most = most
        self._longest = longest.total_seconds()
        self._places: dict[Hashable, _Place[Given]] = {}
        self.served = 0
        self.failed = 0
        self.evicted = 0

    def __len__(self) -> int:
        """How many keys something is kept for."""
        return sum(place.given is not None for place in self._places.values())

    async def of(self, key: Hashable, ask: Callable[[], Awaitable[Given]]) -> Given:
        """What is kept for a key, or what `ask` gives now. Raises what `ask` raises."""
        place = self._place(key)
        async with place.alone:
            if place.given is None or self._clock.monotonic() >= place.until:
                self.failed += 1  # until there is an answer
                place.given = await ask()
                place.until = self._clock.monotonic() + self._life(place.given)
                self.failed -= 1
            self.served += 1
            return place.given

    def _place(self, key: Hashable) -> _Place[Given]:
        place = self._places.pop(key, None)
        if place is None:
            place = _Place()
        self._places[key] = place
        while len(self._places) > self._most:
            del self._places[next(iter(self._places))]
            self.evicted += 1
        return place

    def _life(self, given: Given) -> float:
        if given.until is None:
            return self._longest
        return min((given.until - self._clock.now()).total_seconds() * _PART, self._longest)
