"""How remotes introduce themselves: what they can do is asked for once, and not before every look.

Only what servers of version 2 of the protocol say is kept, who hold nothing in mind between two
questions: the next one can be for references at once. Whoever finds that it no longer holds forgets
it and asks again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.git.credential import Credential
from shared.git.location import Location
from shared.reconcile.clock import Clock

LONGEST = 16 * 1024
"""Bytes of one greeting."""
MOST = 1_000
"""Remotes whose greetings are kept."""
AGE = 3_600.0
"""Seconds until it is asked for again, for a server that has learned something."""

Whom = tuple[Location, Credential]
"""Where, and as whom."""

_MODERN = b"version 2\n"
_START = 64


@dataclass(frozen=True, slots=True)
class Greetings:
    """The greetings of all remotes, each with when it was heard."""

    clock: Clock
    _kept: dict[Whom, tuple[float, bytes]] = field(default_factory=dict)

    def recall(self, whom: Whom) -> bytes | None:
        """What a remote said when it was asked last; None where that has to be done."""
        heard, said = self._kept.get(whom, (0.0, b""))
        return said if said and self.clock.monotonic() - heard < AGE else None

    def keep(self, whom: Whom, said: bytes) -> None:
        """Keep what a remote has said, if it is worth it."""
        if len(said) >= LONGEST or _MODERN not in said[:_START]:
            return
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept), whom), None)
        self._kept[whom] = self.clock.monotonic(), said

    def forget(self, whom: Whom) -> None:
        """It no longer holds."""
        self._kept.pop(whom, None)
