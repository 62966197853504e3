"""Which servers of artifacts are away, and when it is worth asking them again.

A server that is away costs whoever works on an object a moment, and not a minute: it is tried a few
times, and then only one asks it from time to time, while all others are told at once. Nobody else's
objects wait for it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from shared.artifact.error import ArtifactAway
from shared.reconcile.clock import Clock

MOST = 1_000
SHORTEST = timedelta(seconds=2)
LONGEST = timedelta(seconds=15)
ASKING = timedelta(seconds=1)
"""How soon those look again who come while somebody asks."""

LONGEST_QUESTION = timedelta(seconds=30)
"""When it is not believed any more that somebody still asks."""


@dataclass(slots=True)
class _Absence:
    """`misses`: how often it was asked in vain; `until`: when it is asked again; `asked_until`:
    until when somebody may be asking."""

    misses: int
    message: str
    until: float
    asked_until: float = 0.0


class Absences:
    """What is away: servers (`host:port`), or single addresses. `patience`: after how many misses
    it is for somebody to know (ArtifactAway.lasting)."""

    def __init__(self, clock: Clock, patience: int) -> None:
        self._clock = clock
        self._patience = patience
        self._found: OrderedDict[str, _Absence] = OrderedDict()

    def knows(self, place: str) -> bool:
        """Whether a place was away when it was asked last."""
        return place in self._found

    def require(self, *places: str) -> None:
        """Nothing, where all of these may be asked now. Raises ArtifactAway where one is away; who
        is let through asks for all, until there is an answer or a miss."""
        now = self._clock.monotonic()
        known = [self._found[place] for place in places if place in self._found]
        for absence in known:
            if now < absence.until:
                raise self._away(absence, timedelta(seconds=absence.until - now))
            if now < absence.asked_until:
                raise self._away(absence, ASKING)
        for absence in known:
            absence.asked_until = now + LONGEST_QUESTION.total_seconds()

    def missed(self, place: str, message: str) -> ArtifactAway:
        """A place was asked in vain, once or a few times. What is to be raised."""
        misses = self._found[place].misses + 1 if place in self._found else 1
        pause = min(SHORTEST * 2 ** min(misses - 1, 10), LONGEST)
        until = self._clock.monotonic() + pause.total_seconds()
        self._found[place] = absence = _Absence(misses, message, until)
        self._found.move_to_end(place)
        while len(self._found) > MOST:
            self._found.popitem(last=False)
        return self._away(absence, pause)

    def answered(self, *places: str) -> None:
        """These are there."""
        for place in places:
            self._found.pop(place, None)

    def _away(self, absence: _Absence, pause: timedelta) -> ArtifactAway:
        lasting = absence.misses >= self._patience
        return ArtifactAway(absence.message, max(pause, ASKING), lasting=lasting)
