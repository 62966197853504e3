"""Patterns of Go's filepath.Match as regular expressions, for a matcher of linear time. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import re2

ANY = "."
WITHIN_A_NAME = "[^/]"


def expression(pattern: str, letter: str = ANY) -> str:
    """The regular expression of a pattern. `letter`: what `*` and `?` stand for, of which a name
    that has no slash needs to know nothing. Raises ValueError where the pattern is malformed."""
    return f"(?s){''.join(_translated(pattern, letter))}"


def _translated(pattern: str, any_letter: str) -> Iterator[str]:
    """The pieces of a regular expression. Raises ValueError where the pattern is malformed."""
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        at += 1
        if letter == "*":
            yield f"{any_letter}*"
        elif letter == "?":
            yield any_letter
        elif letter == "[":
            piece, at = _class(pattern, at)
            yield piece
        elif letter == "\\":
            yield re2.escape(_at(pattern, at))
            at += 1
        else:
            yield re2.escape(letter)


def _class(pattern: str, at: int) -> tuple[str, int]:
    """`[a-z^\\]]` from behind its bracket on: its expression, and where the pattern goes on."""
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[str] = []
    empty = True
    while empty or _at(pattern, at) != "]":
        low, at = _letter(pattern, at)
        high = low
        if _at(pattern, at) == "-":
            high, at = _letter(pattern, at + 1)
        empty = False
        if low <= high:
            ranges.append(f"\\x{{{ord(low):x}}}-\\x{{{ord(high):x}}}")
    if ranges:
        return f"[{'^' if negated else ''}{''.join(ranges)}]", at + 1
    return ("." if negated else r"[^\x00-\x{10FFFF}]"), at + 1


def _letter(pattern: str, at: int) -> tuple[str, int]:
    letter = _at(pattern, at)
    if letter in "-]":
        raise ValueError(f"malformed pattern {pattern!r}")
    if letter == "\\":
        return _at(pattern, at + 1), at + 2
    return letter, at + 1


def _at(pattern: str, at: int) -> str:
    if at >= len(pattern):
        raise ValueError(f"malformed pattern {pattern!r}")
    return pattern[at]
