"""Versions and ranges of them, by the rules of Masterminds' semver, which Flux goes by. Pure.

Ranges: `>=1.2.0 <2.0.0`, `1.2 - 2.3`, `^1.2`, `~1.2`, `1.x`, `||` between alternatives. A
prerelease is only ever meant by an alternative that names one itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import total_ordering

_LONGEST = 512
_MOST = 2**64 - 1
_EXTRA = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?{_EXTRA}")
_PART = r"[0-9xX*]+"
_BOUND = rf"v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?{_EXTRA}"
_TERM = re.compile(rf"\s*(=>|=<|>=|<=|!=|~>|=|>|<|~|\^|)\s*{_BOUND}")
_SEPARATOR = re.compile(r"\s*,\s*|\s+")
_HYPHEN = re.compile(rf"\s*({_BOUND})\s+-\s+({_BOUND})\s*")
_WILD = frozenset({"x", "X", "*", None})


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version. Build metadata takes no part in comparison."""

    major: int
    minor: int = 0
    patch: int = 0
    prerelease: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """`v1.2.3-rc.1+build` and shorter forms. Raises ValueError."""
        found = _VERSION.fullmatch(text) if len(text) <= _LONGEST and text.isascii() else None
        if found is None:
            raise ValueError(f"{text[:_LONGEST]!r} is no version")
        major, minor, patch = (int(part or 0) for part in found.group(1, 2, 3))
        prerelease = found.group(4) or ""
        if max(major, minor, patch) > _MOST or any(map(_is_padded, prerelease.split("."))):
            raise ValueError(f"{text!r} is no version")
        return cls(major, minor, patch, prerelease)

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    @property
    def _key(self) -> tuple[object, ...]:
        parts = tuple(_rank(part) for part in self.prerelease.split(".")) if self.prerelease else ()
        # A release comes after its prereleases.
        return self.major, self.minor, self.patch, not self.prerelease, parts

    @property
    def canonical(self) -> str:
        """The version in three numbers, without build metadata: `1.2.3-rc.1`."""
        numbers = f"{self.major}.{self.minor}.{self.patch}"
        return f"{numbers}-{self.prerelease}" if self.prerelease else numbers

    @property
    def release(self) -> tuple[int, int, int]:
        """The version without its prerelease."""
        return self.major, self.minor, self.patch


def version_of_tag(tag: str) -> Version | None:
    """The version that a tag names; None for a tag that is none. It needs three parts, as in Flux:
    `v1.2` is no version of anything."""
    if tag.count(".") < 2:
        return None
    try:
        return Version.parse(tag)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison. `given`: how many of the three numbers it names; the rest is a wildcard."""

    operator: str
    bound: Version
    given: int

    def holds(self, version: Version) -> bool:
        """Whether a version is as the term says."""
        return _OPERATORS[self.operator](version, self.bound, self.given)


@dataclass(frozen=True, slots=True)
class Range:
    """Alternatives, each of terms that all have to hold."""

    alternatives: tuple[tuple[Term, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read a range. Raises ValueError with the part that cannot be read."""
        if len(text) > _LONGEST:
            raise ValueError(f"improper constraint: it is longer than {_LONGEST} characters")
        spelled = _HYPHEN.sub(_spelled_out, text)
        return cls(tuple(_terms(alternative) for alternative in spelled.split("||")))

    def holds(self, version: Version) -> bool:
        """Whether a version is in the range."""
        return any(
            (not version.prerelease or any(term.bound.prerelease for term in terms))
            and all(term.holds(version) for term in terms)
            for terms in self.alternatives
        )


def _spelled_out(hyphenated: re.Match[str]) -> str:
    """`1.2 - 2.3` → `>= 1.2, <= 2.3 `."""
    return f">= {hyphenated[1]}, <= {hyphenated[7]} "


def _terms(alternative: str) -> tuple[Term, ...]:
    terms, at = [], 0
    while found := _TERM.match(alternative, at):
        terms.append(_term(found))
        at = found.end()
        if not alternative[at:].strip():
            return tuple(terms)
        between = _SEPARATOR.match(alternative, at)
        if between is None:
            break
        at = between.end()
    raise ValueError(f'improper constraint: "{alternative}"')


def _term(found: re.Match[str]) -> Term:
    operator, major, minor, patch, prerelease, _ = found.groups()
    numbers = [major, minor, patch]
    given = next((i for i, number in enumerate(numbers) if number in _WILD), 3)
    text = ".".join([*numbers[:given], *["0"] * (3 - given)])
    return Term(operator, Version.parse(f"{text}-{prerelease}" if prerelease else text), given)


def _is_padded(part: str) -> bool:
    return part.isdigit() and len(part) > 1 and part.startswith("0")


def _rank(part: str) -> tuple[bool, int, str]:
    """Numbers come before words, and are compared as numbers."""
    return (False, int(part), "") if part.isdigit() else (True, 0, part)


def _is_equal(version: Version, bound: Version, given: int) -> bool:
    return version == bound if given == 3 else _is_close(version, bound, given)


def _is_other(version: Version, bound: Version, given: int) -> bool:
    if given == 3 or version.release[:given] != bound.release[:given]:
        return version != bound
    if given == 2 and (version.prerelease or bound.prerelease):
        return version.prerelease != bound.prerelease
    # `!=*` is read as `!=0.0.0` where nothing else tells it apart.
    return given == 0 and version != bound


def _is_greater(version: Version, bound: Version, given: int) -> bool:
    if given in {1, 2}:
        return version.release[:given] > bound.release[:given]
    return version > bound


def _is_less(version: Version, bound: Version, given: int) -> bool:
    return version < bound


def _is_no_less(version: Version, bound: Version, given: int) -> bool:
    return version >= bound


def _is_no_greater(version: Version, bound: Version, given: int) -> bool:
    if given == 3:
        return version <= bound
    return version.release[: given or 2] <= bound.release[: given or 2]


def _is_close(version: Version, bound: Version, given: int) -> bool:
    """`~`: the last number that is given may grow, or the one after it."""
    anything = bound.release == (0, 0, 0) and given in {0, 3}
    fixed = 0 if anything else min(given, 2)
    return version >= bound and version.release[:fixed] == bound.release[:fixed]


def _is_compatible(version: Version, bound: Version, given: int) -> bool:
    """`^`: all up to the first number that is not zero stays."""
    if bound.major or given == 1:
        fixed = 1
    elif bound.minor or given == 2:
        fixed = 2
    else:
        fixed = 3
    return version >= bound and version.release[:fixed] == bound.release[:fixed]


_OPERATORS: dict[str, Callable[[Version, Version, int], bool]] = {
    "": _is_equal,
    "=": _is_equal,
    "!=": _is_other,
    ">": _is_greater,
    "<": _is_less,
    ">=": _is_no_less,
    "=>": _is_no_less,
    "<=": _is_no_greater,
    "=<": _is_no_greater,
    "~": _is_close,
    "~>": _is_close,
    "^": _is_compatible,
}
