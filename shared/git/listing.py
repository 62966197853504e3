"""What remotes were seen to have: one answer serves all who ask the same at about the same time.

A remote that a hundred objects follow is asked once, and not a hundred times, whichever of its
references they follow. What a remote says to one credential is never used for another. Whoever
uses the answers of a mirror holds its lock.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from shared.git.error import GitError
from shared.git.greeting import Whom
from shared.git.revision import Refs

LONGEST = timedelta(minutes=10)
"""How long an answer is kept at the most, for whoever waits that long."""
MOST = 10_000
"""References of an answer that is kept: what there is more of is asked for anew each time."""
PLENTY = 1_000
"""References that are as many as nobody wants to be told who did not ask for them."""

EVERYTHING = ("",)
"""The beginning of whatever name."""

_LAST = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks at a remote, and the moment (seconds on the monotonic clock) from which on an
    answer will do for it that the remote gave to others: what was asked for earlier is too old.

    An answer serves each name once: who asks again wants to know again. Whatever `since` says, a
    question that is sent while somebody waits is asked for that one too. `until`: the moment by
    which it asks again, if it still follows the remote then.
    """

    name: str = ""
    since: float = math.inf
    until: float = -math.inf


ANYBODY = Asker()
"""Takes no answer but one that was asked for while it waited."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The references that a remote has. `is_empty`: it has none at all, whatever was asked for."""

    refs: Refs
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody with a question. `key`: of the mirror of the remote; `whom`: what is asked, with the
    credential, its certificates, keys and proxy; `prefixes`: how the names start that matter;
    `came`: the number that was drawn on coming."""

    key: str
    whom: Whom
    prefixes: tuple[str, ...]
    asker: Asker
    came: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What was asked for, and when it was sent: a number among those that are drawn, and on the
    clock."""

    prefixes: tuple[str, ...]
    number: int
    begun: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a question. `about`: how the names start that it says all of; `served`: whom it
    has served."""

    whom: Whom
    about: tuple[str, ...]
    sent: Sent
    said: Listing | GitError
    served: set[str]

    def serves(self, call: Call) -> bool:
        if self.whom != call.whom or not covers(self.about, call.prefixes):
            return False
        if self.sent.number > call.came:
            return True
        is_new = self.sent.begun > call.asker.since and call.asker.name not in self.served
        return is_new and isinstance(self.said, Listing)


@dataclass(frozen=True, slots=True)
class Listings:
    """The last answers of all remotes, by the key of their mirror."""

    _answers: dict[str, list[_Answer]] = field(default_factory=lambda: defaultdict(list))
    _numbers: Iterator[int] = field(default_factory=count)

    def number(self) -> int:
        """The next number: what happens later has a higher one, whatever a clock makes of it."""
        return next(self._numbers)

    def find(self, call: Call) -> Listing | None:
        """An answer that is new enough. Raises the GitError that the question ended in, for those
        alone who waited while it was asked."""
        fitting = (one for one in self._answers[call.key] if one.serves(call))
        answer = max(fitting, key=lambda one: one.sent.number, default=None)
        if answer is None:
            return None
        if isinstance(answer.said, GitError):
            raise type(answer.said)(str(answer.said))
        answer.served.add(call.asker.name)
        return answer.said

    def note(self, call: Call, sent: Sent, said: Listing | GitError) -> None:
        """Keep what came of a question in place of what was, and nothing that has become old:
        credentials that are no longer used go with it."""
        oldest = sent.begun - LONGEST.total_seconds()
        about, said = _kept(sent, said)
        self._answers[call.key] = [
            one
            for one in self._answers[call.key]
            if one.sent.begun >= oldest and not (one.whom == call.whom and covers(about, one.about))
        ]
        if about:
            answer = _Answer(call.whom, about, sent, said, {call.asker.name})
            self._answers[call.key].append(answer)

    def forget(self, key: str) -> None:
        """A mirror is gone."""
        self._answers.pop(key, None)


def covers(prefixes: tuple[str, ...], others: Collection[str]) -> bool:
    """Whether all names that start like the others start like one of the prefixes too."""
    return all(other.startswith(prefixes) for other in others)


def spread(refs: Refs, prefixes: Collection[str]) -> dict[str, list[str]]:
    """Which names start with each of the prefixes."""
    names = sorted(refs)
    return {
        prefix: names[bisect_left(names, prefix) : bisect_left(names, prefix + _LAST)]
        for prefix in prefixes
    }


def _kept(sent: Sent, said: Listing | GitError) -> tuple[tuple[str, ...], Listing | GitError]:
    """What of an answer is worth keeping, and what it is about: of references that were asked for,
    and not too many; older servers say all that there is. A failure, and that there is nothing,
    are about whatever one might ask for."""
    if isinstance(said, GitError) or said.is_empty:
        return EVERYTHING, said
    shares = spread(said.refs, sent.prefixes)
    if sum(map(len, shares.values())) > MOST:
        shares = {prefix: names for prefix, names in shares.items() if len(names) <= PLENTY}
    refs = {name: said.refs[name] for names in shares.values() for name in names}
    return tuple(shares), Listing(refs)
