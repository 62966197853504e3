"""Shell patterns as the substitution of Flux matches them: `*` runs across slashes too. Pure.

A pattern is signs with stars between them. The text is read once, with a bit for each number of
signs that it may have fitted so far, so the time is that of reading the value, whatever the
pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

Ranges = tuple[tuple[str, str], ...]

BROKEN = "\ufffd"
"""What a byte that is no character by itself counts as."""


class _Malformed(ValueError):
    """A pattern that matches nothing, since it is none."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What one character has to be: in one of the ranges, or in none of them."""

    ranges: Ranges
    negated: bool = False

    def fits(self, char: str) -> bool:
        """Whether a character is one that is meant."""
        return any(low <= char <= high for low, high in self.ranges) != self.negated


ANY = Sign((), negated=True)


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern: its signs, and in `stars` a bit for each place where anything may stand: bit n
    is the place behind n signs."""

    signs: tuple[Sign, ...]
    stars: int

    def prefix(self, text: str, *, longest: bool) -> int:
        """The length in bytes of the shortest (or longest) beginning of a text, of one byte at
        least, that the pattern fits; 0 where there is none."""
        ends = self._ends(text)
        return max(ends, default=0) if longest else next(ends, 0)

    def _ends(self, text: str) -> Iterator[int]:
        """Where beginnings that fit end. As in Flux that may be within a character, whose bytes
        then count as broken characters, one each."""
        fitting = lru_cache(maxsize=None)(self._fitting)
        whole, states, at = 1 << len(self.signs), 1, 0
        for char in text:
            width = _width(char)
            part = states
            for inside in range(1, width):
                part = self._after(part, fitting(BROKEN))
                if part & whole:
                    yield at + inside
            states = self._after(states, fitting(char))
            at += width
            if states & whole:
                yield at
            if not states:
                return

    def _after(self, states: int, fitting: int) -> int:
        return ((states << 1) & fitting) | (states & self.stars)

    def _fitting(self, char: str) -> int:
        """The signs that a character fits, a bit each, where the sign ends."""
        return sum(2 << at for at, sign in enumerate(self.signs) if sign.fits(char))


def parsed(pattern: str) -> Glob | None:
    """A pattern, or None for one that is malformed and so fits nothing."""
    signs: list[Sign] = []
    stars = at = 0
    try:
        while at < len(pattern):
            if pattern[at] == "*":
                stars |= 1 << len(signs)
                at += 1
            else:
                sign, at = _sign(pattern, at)
                signs.append(sign)
    except _Malformed:
        return None
    return Glob(tuple(signs), stars)


def _width(char: str) -> int:
    """How many bytes a character is; a surrogate stands for a byte that is no character."""
    return 1 if char < "\x80" or "\udc80" <= char <= "\udcff" else len(char.encode())


def _sign(pattern: str, at: int) -> tuple[Sign, int]:
    match pattern[at]:
        case "?":
            return ANY, at + 1
        case "[":
            return _set(pattern, at + 1)
        case "\\":
            at += 1
    if at == len(pattern):
        raise _Malformed
    return Sign(((pattern[at], pattern[at]),)), at + 1


def _set(pattern: str, at: int) -> tuple[Sign, int]:
    """`[a-z_]` or `[^…]`, from behind its bracket."""
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[tuple[str, str]] = []
    while not (ranges and pattern.startswith("]", at)):
        low, at = _bound(pattern, at)
        high = low
        if pattern.startswith("-", at):
            high, at = _bound(pattern, at + 1)
        ranges.append((low, high))
    return Sign(tuple(ranges), negated), at + 1


def _bound(pattern: str, at: int) -> tuple[str, int]:
    if pattern.startswith(("-", "]"), at):
        raise _Malformed
    at += pattern.startswith("\\", at)
    # Behind it there has to be something: at least the bracket that closes.
    if at + 1 >= len(pattern):
        raise _Malformed
    return pattern[at], at + 1
