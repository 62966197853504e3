"""Which paths a pattern finds: Go's fs.Glob, and doublestar's `**` and `{a,b}`. Pure.

Flux uses the first for what is copied, where `**` is no more than `*`, and the second for what is
left out and for archives that are extracted. RE2 does the matching, in linear time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2

from source_controller.generator.material import ROOT, Material, below
from source_controller.generator.problem import CompositionError
from source_controller.glob import expression

_META = "*?[\\"
_DEEPEST = 50

# The longest first.
_STARS = (("/**/", "/(?:.*/)?"), ("/**", "(?:/.*)?"), ("**/", "(?:.*/)?"), ("**", ".*"))

Test = Callable[[str], bool]
"""Whether a path fits a pattern."""


def globbed(pattern: str, material: Material) -> list[str]:
    """The paths that a pattern finds as Go's fs.Glob does: name by name, from the root. Raises
    CompositionError where the pattern is malformed."""
    for part in pattern.split("/"):
        _name_test(part)
    return _found(pattern, material)


def _found(pattern: str, material: Material) -> list[str]:
    if not _has_meta(pattern):
        return [pattern] if material.is_there(pattern) else []
    directory, slash, name = pattern.rpartition("/")
    directories = [ROOT]
    if slash:
        directories = _found(directory, material) if _has_meta(directory) else [directory]
    fits = _name_test(name)
    return [below(one, each) for one in directories for each in material.listing(one) if fits(each)]


def _has_meta(pattern: str) -> bool:
    return any(letter in pattern for letter in _META)


@lru_cache(maxsize=1_024)
def _name_test(part: str) -> Test:
    try:
        return _test(expression(part))
    except ValueError:
        raise CompositionError(f"invalid glob pattern '{part}'") from None


@lru_cache(maxsize=1_024)
def path_test(pattern: str) -> Test:
    """The test of a doublestar pattern: `**` between slashes stands for any number of directories,
    `{a,b}` for one of several. Raises CompositionError where the pattern is malformed."""
    try:
        return _test(_Doublestar(pattern).expression())
    except ValueError:
        raise CompositionError(f"invalid pattern '{pattern}'") from None


def _test(text: str) -> Test:
    try:
        matcher = re2.compile(text)
    except re2.error:
        raise ValueError(text) from None
    return lambda path: matcher.fullmatch(path) is not None


class _Doublestar:
    """Walks once through a pattern. Raises ValueError where it is malformed."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def expression(self) -> str:
        pieces = []
        while self._at < len(self._pattern):
            pieces.append(self._next())
        if self._depth:
            raise ValueError(self._pattern)
        return f"(?s){''.join(pieces)}"

    def _next(self) -> str:
        for star, meaning in _STARS:
            if self._stands(star):
                self._at += len(star)
                return meaning
        return self._letter()

    def _stands(self, star: str) -> bool:
        """Whether `**` with its slashes is here: at the start, at the end, or between."""
        if not self._pattern.startswith(star, self._at):
            return False
        is_start = star.startswith("/") or self._at == 0 or self._pattern[self._at - 1] in "/{,"
        end = self._at + len(star)
        is_end = star.endswith("/") or end == len(self._pattern) or self._pattern[end] in ",}"
        return is_start and is_end

    def _letter(self) -> str:
        letter = self._pattern[self._at]
        self._at += 1
        match letter:
            case "*":
                return "[^/]*"
            case "?":
                return "[^/]"
            case "[":
                return self._class()
            case "\\":
                return self._escaped()
            case "{" | "}" | ",":
                return self._choice(letter)
            case _:
                return str(re2.escape(letter))

    def _class(self) -> str:
        """A class, in which `!` negates as `^` does."""
        start = self._at
        self._at += self._pattern[start : start + 1] in {"^", "!"}
        first = self._at
        while self._pattern[self._at : self._at + 1] != "]" or self._at == first:
            if self._at >= len(self._pattern):
                raise ValueError(self._pattern)
            self._at += 2 if self._pattern[self._at] == "\\" else 1
        text = self._pattern[start : self._at]
        self._at += 1
        found = expression(f"[{text.replace('!', '^', 1) if text.startswith('!') else text}]")
        return found.removeprefix("(?s)")

    def _escaped(self) -> str:
        if self._at >= len(self._pattern):
            raise ValueError(self._pattern)
        self._at += 1
        return str(re2.escape(self._pattern[self._at - 1]))

    def _choice(self, letter: str) -> str:
        if letter == "{":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ValueError(self._pattern)
            return "(?:"
        if not self._depth:
            if letter == "}":
                raise ValueError(self._pattern)
            return letter
        if letter == "}":
            self._depth -= 1
            return ")"
        return "|"
