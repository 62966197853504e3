"""Who follows which references of a remote: one question asks for all of them at once.

A question for one reference takes those along that others are about to ask for. It stays in
proportion: what a remote has very much of, such as fifty thousand tags, is asked for by those
alone who want it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.git.greeting import Whom
from shared.git.listing import PLENTY, Call, Sent, spread
from shared.git.revision import Refs

MOST = 200
"""Beginnings of names in one question."""
MOST_FOLLOWERS = 10_000
"""Those of one remote that are remembered."""
ALONE = 600.0
"""Seconds in which each one asks for its own, after a question for more was too much."""


@dataclass(frozen=True, slots=True)
class _Follower:
    """Somebody who asked for references as somebody, and does so again before a moment."""

    whom: Whom
    prefixes: tuple[str, ...]
    until: float


@dataclass(slots=True)
class _Crowd:
    """The followers of one remote, the one that asks next first, by name. `sizes`: how many names
    start like that. `apart`: the moment until which each one asks for its own."""

    known: dict[str, _Follower] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    apart: float = -math.inf

    def forget_before(self, now: float) -> None:
        for name in [name for name, one in self.known.items() if one.until < now]:
            del self.known[name]
        while len(self.known) > MOST_FOLLOWERS:
            del self.known[next(iter(self.known))]


@dataclass(frozen=True, slots=True)
class Followers:
    """The followers of all remotes, by the key of their mirror. For many threads."""

    _crowds: dict[str, _Crowd] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, call: Call) -> None:
        """Somebody is about to ask. Who has no name is not expected again."""
        if not call.asker.name:
            return
        follower = _Follower(call.whom, call.prefixes, call.asker.until)
        with self._lock:
            known = self._crowds.setdefault(call.key, _Crowd()).known
            # The one that asked last is the last one that asks again.
            known.pop(call.asker.name, None)
            known[call.asker.name] = follower

    def united(self, call: Call, now: float) -> tuple[str, ...]:
        """What to ask for: what is wanted, and what others want of the same remote with the same
        credential, as far as that is not too much."""
        with self._lock:
            crowd = self._crowds.get(call.key) or _Crowd()
            crowd.forget_before(now)
            if now < crowd.apart:
                return call.prefixes
            others = [one.prefixes for one in crowd.known.values() if one.whom == call.whom]
            return _fewest((*call.prefixes, *_affordable(call.prefixes, others, crowd.sizes)))

    def learn(self, call: Call, sent: Sent, refs: Refs) -> None:
        """What a question has brought: how many names start like this or that."""
        with self._lock:
            if crowd := self._crowds.get(call.key):
                wanted = {prefix for one in crowd.known.values() for prefix in one.prefixes}
                told = {prefix for prefix in wanted if prefix.startswith(sent.prefixes)}
                counts = {prefix: len(names) for prefix, names in spread(refs, told).items()}
                before = {prefix: crowd.sizes.get(prefix, 0) for prefix in wanted}
                crowd.sizes = before | counts

    def part(self, call: Call, now: float) -> None:
        """A question for more than one's own was too much: each asks for its own for a while."""
        self._set_apart(call.key, now + ALONE)

    def unite(self, call: Call) -> None:
        """It was not that: a question for one's own does not fare better."""
        self._set_apart(call.key, -math.inf)

    def forget(self, key: str) -> None:
        """A mirror is gone."""
        with self._lock:
            self._crowds.pop(key, None)

    def _set_apart(self, key: str, until: float) -> None:
        with self._lock:
            if crowd := self._crowds.get(key):
                crowd.apart = until


def _affordable(
    own: tuple[str, ...], others: Iterable[tuple[str, ...]], sizes: dict[str, int]
) -> Iterator[str]:
    """Of what others want what does not make a question much larger."""
    room, left = PLENTY, MOST - len(own)
    for prefix in dict.fromkeys(prefix for prefixes in others for prefix in prefixes):
        size = sizes.get(prefix, 0)
        if prefix.startswith(own) or size > room or left <= 0:
            continue
        room, left = room - size, left - 1
        yield prefix


def _fewest(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Prefixes without those that start like another one."""
    found: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not (found and prefix.startswith(found[-1])):
            found.append(prefix)
    return tuple(found)
