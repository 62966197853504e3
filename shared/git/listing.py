"""What remotes were seen to have: one answer serves all who ask the same at about the same time.

A remote that a hundred objects follow is asked once, and not a hundred times. What a remote says to
one credential is never used for another. Whoever uses the answers of a mirror holds its lock.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from shared.git.credential import Credential
from shared.git.error import GitError
from shared.git.location import Location
from shared.git.revision import Refs

LONGEST = timedelta(minutes=10)
"""How long an answer is kept at the most, for whoever waits that long."""
MOST = 10_000
"""References of an answer that is kept: those of larger remotes are asked for anew each time."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks at a remote, and the moment (seconds on the monotonic clock) from which on an
    answer will do for it that the remote gave to others: what was asked for earlier is too old.

    An answer serves each name once: who asks again wants to know again. Whatever `since` says, a
    question that is sent while somebody waits is asked for that one too.
    """

    name: str = ""
    since: float = math.inf


ANYBODY = Asker()
"""Takes no answer but one that was asked for while it waited."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where, and as whom: the credential with its certificates, keys and proxy."""

    location: Location
    credential: Credential
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The references that a remote has. `is_empty`: it has none at all, whatever was asked for."""

    refs: Refs
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody with a question. `key`: of the mirror of the remote; `came`: the number that was
    drawn on coming."""

    key: str
    question: Question
    asker: Asker
    came: int


@dataclass(frozen=True, slots=True)
class Sent:
    """When a question was sent: a number among those that are drawn, and on the clock."""

    number: int
    begun: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a question. `served`: whom it has served."""

    sent: Sent
    said: Listing | GitError
    served: set[str]

    def serves(self, call: Call) -> bool:
        if self.sent.number > call.came:
            return True
        is_new = self.sent.begun > call.asker.since and call.asker.name not in self.served
        return is_new and isinstance(self.said, Listing)


@dataclass(frozen=True, slots=True)
class Listings:
    """The last answers of all remotes, by the key of their mirror."""

    _answers: dict[str, dict[Question, _Answer]] = field(default_factory=lambda: defaultdict(dict))
    _numbers: Iterator[int] = field(default_factory=count)

    def number(self) -> int:
        """The next number: what happens later has a higher one, whatever a clock makes of it."""
        return next(self._numbers)

    def find(self, call: Call) -> Listing | None:
        """An answer that is new enough. Raises the GitError that the question ended in, for those
        alone who waited while it was asked."""
        answer = self._answers[call.key].get(call.question)
        if answer is None or not answer.serves(call):
            return None
        if isinstance(answer.said, GitError):
            raise type(answer.said)(str(answer.said))
        answer.served.add(call.asker.name)
        return answer.said

    def note(self, call: Call, sent: Sent, said: Listing | GitError) -> None:
        """Keep what came of a question in place of what was, and nothing that has become old:
        credentials that are no longer used go with it."""
        oldest = sent.begun - LONGEST.total_seconds()
        before = self._answers[call.key].items()
        kept = {other: one for other, one in before if one.sent.begun >= oldest}
        kept.pop(call.question, None)
        if isinstance(said, Listing):
            said = _narrowed(said, call.question.prefixes)
        if isinstance(said, GitError) or len(said.refs) <= MOST:
            kept[call.question] = _Answer(sent, said, {call.asker.name})
        self._answers[call.key] = kept

    def forget(self, key: str) -> None:
        """A mirror is gone."""
        self._answers.pop(key, None)


def _narrowed(said: Listing, prefixes: tuple[str, ...]) -> Listing:
    """What was asked for: older servers say all that there is."""
    fitting = {name: said.refs[name] for name in said.refs if name.startswith(prefixes)}
    return Listing(fitting, said.is_empty)
