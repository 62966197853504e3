"""Shell patterns as the substitution of Flux matches them: `*` runs across slashes too. Pure.

A pattern is pieces of fixed length with stars between them. Each piece is looked for once, from
where the one before it ended, so the time is that of reading the value, whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

Ranges = tuple[tuple[str, str], ...]


class _Malformed(ValueError):
    """A pattern that matches nothing, since it is none."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One character of a piece: one of the ranges, or none of them."""

    ranges: Ranges
    negated: bool = False

    def fits(self, char: str) -> bool:
        """Whether a character is one that is meant."""
        return any(low <= char <= high for low, high in self.ranges) != self.negated


ANY = Sign((), negated=True)


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two stars."""

    signs: tuple[Sign, ...]

    def starts(self, text: str, at: int) -> bool:
        """Whether the piece stands in the text at `at`."""
        found = text[at : at + len(self.signs)]
        signs = zip(self.signs, found, strict=False)
        return len(found) == len(self.signs) and all(sign.fits(char) for sign, char in signs)

    def ends(self, text: str, since: int) -> Iterator[int]:
        """Where the piece ends, wherever it stands in the text from `since` on."""
        last, states = 1 << (len(self.signs) - 1), 0
        fitting = lru_cache(maxsize=None)(self._fitting)
        for at in range(since, len(text)):
            states = ((states << 1) | 1) & fitting(text[at])
            if states & last:
                yield at + 1

    def _fitting(self, char: str) -> int:
        """The signs that a character fits, a bit each."""
        return sum(1 << at for at, sign in enumerate(self.signs) if sign.fits(char))


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern. `pieces` follow each other with a star between any two; `open_start` and
    `open_end` say whether there is one before the first and behind the last."""

    pieces: tuple[Piece, ...]
    open_start: bool
    open_end: bool

    def prefix(self, text: str, *, longest: bool) -> int:
        """The length of the shortest (or longest) beginning of a text, of one character at least,
        that the pattern fits; 0 where there is none."""
        at = 0
        for number, piece in enumerate(self.pieces):
            final = number == len(self.pieces) - 1 and not self.open_end
            found = self._end(
                piece,
                text,
                at,
                anchored=number == 0 and not self.open_start,
                longest=longest and final,
            )
            if found is None:
                return 0
            at = found
        if self.open_end and text:
            return len(text) if longest else max(at, 1)
        return at

    def _end(
        self, piece: Piece, text: str, since: int, *, anchored: bool, longest: bool
    ) -> int | None:
        if anchored:
            return since + len(piece.signs) if piece.starts(text, since) else None
        ends = piece.ends(text, since)
        return max(ends, default=None) if longest else next(ends, None)


def parsed(pattern: str) -> Glob | None:
    """A pattern, or None for one that is malformed and so fits nothing."""
    try:
        chunks = list(_chunks(pattern))
    except _Malformed:
        return None
    pieces = tuple(Piece(tuple(signs)) for signs in chunks if signs)
    stars = len(chunks) > 1
    return Glob(pieces, stars and not chunks[0], stars and not chunks[-1])


def _chunks(pattern: str) -> Iterator[list[Sign]]:
    """What stands between the stars; empty before a leading star and behind a trailing one."""
    signs: list[Sign] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "*":
            yield signs
            signs = []
            at = len(pattern) - len(pattern[at:].lstrip("*"))
        else:
            sign, at = _sign(pattern, at)
            signs.append(sign)
    yield signs


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
