"""The lines of watches' answers: each is made once for all watches that show the same."""

from __future__ import annotations

from collections.abc import Callable

MOST = 8 * 1024 * 1024
"""Bytes of lines that are kept: those who watch are rarely far apart."""

Place = tuple[int, str, str]
"""Revision, type of the event, and name of the form. At one revision there is one write, and an
object that drops out of a selection is shown as it was before to all who lose it."""


def frame(kind: str, content: bytes) -> bytes:
    """One line of a watch's answer."""
    return b'{"type":"' + kind.encode() + b'","object":' + content + b"}\n"


class Lines:
    """The last lines that were made."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._size = 0
        self._known: dict[Place, bytes] = {}

    def at(self, place: Place, make: Callable[[], bytes]) -> bytes:
        """The line for a change in a form, made where nobody has asked for it yet."""
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = frame(place[1], make())
            self._size += len(known)
            self._forget()
        return known

    def _forget(self) -> None:
        """Let the oldest go, as long as there is too much."""
        while self._size > self._most:
            self._size -= len(self._known.pop(next(iter(self._known))))
