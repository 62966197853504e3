"""What is left out of an artifact: `.sourceignore` files and `spec.ignore`. Pure.

The grammar is that of `.gitignore` as Flux reads it (flux.md 1.10, 12 (15) to (17)), which is not
quite Git's: a pattern holds for the directory of its file and below; the last pattern that says
anything about a path wins; an ignored directory is still looked into, so that `!` can take back a
file below it; a comment starts in the first column; a class is negated by `^`. Names are matched by
automata (RE2), so that no pattern takes long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Protocol

import re2

from shared.problem import Problem
from source_controller.glob import expression

FILE = ".sourceignore"
VCS = (".git/", ".gitignore", ".gitmodules", ".gitattributes")
"""Never in an artifact, unless a pattern says so."""

DEFAULTS = (
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml"),
    *("cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"),
    *("**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)
"""Left out too where nobody has given a pattern at all."""

MOST_PATTERNS = 10_000
MOST_COMPARISONS = 50_000_000
LONGEST_LINE = 4_096

_ANYWHERE = "**"
_SIGNS = "*?[\\"


class IgnoreError(Problem):
    """There are more patterns than anybody could mean."""


class Matcher(Protocol):
    """A compiled pattern of one name."""

    def fullmatch(self, name: str) -> object | None:
        """Whether the whole name fits."""


Test = Callable[[str], bool]
"""Whether a name fits a part of a pattern."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. `takes_back`: it starts with `!`. `directories`: it ends in a slash."""

    parts: tuple[str, ...]
    tests: tuple[Test, ...]
    takes_back: bool
    directories: bool

    @classmethod
    def parse(cls, line: str) -> Pattern:
        """Read a line that is no comment."""
        takes_back = line.startswith("!")
        text = line.removeprefix("!")
        if not text.endswith("\\ "):
            text = text.rstrip(" ")
        parts = tuple(text.removesuffix("/").split("/"))
        return cls(parts, tuple(map(_test, parts)), takes_back, text.endswith("/"))

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of which one has to fit some name of a path, for the pattern to be about it."""
        is_alone = len(self.parts) == 1
        return tuple(part for part in self.parts if is_alone or part not in {"", _ANYWHERE})

    def fits(self, path: tuple[str, ...], *, is_directory: bool) -> bool:
        """Whether the pattern is about a path, or about a directory that it is in."""
        if len(self.parts) == 1:
            return self._names(path, is_directory)
        left = self._walk(path)
        return left is not None and not (self.directories and not is_directory and not left)

    def _names(self, path: tuple[str, ...], is_directory: bool) -> bool:
        """Without a slash within: the name of the file, or of any directory above it."""
        test = self.tests[0]
        for at, name in enumerate(path):
            if test(name):
                is_last = at == len(path) - 1
                return not (self.directories and is_last and not is_directory)
        return False

    def _walk(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """What of the path is left when all parts of the pattern found their names; None where they
        did not."""
        matched = anywhere = False
        last = len(self.parts) - 1
        for at, part in enumerate(self.parts):
            if part == _ANYWHERE and at == last:
                break
            if part in {"", _ANYWHERE}:
                anywhere = part == _ANYWHERE
                continue
            start = None if _ANYWHERE in part else _found(self.tests[at], path, anywhere)
            if start is None:
                return None
            matched, anywhere, path = True, False, path[start + 1 :]
        return path if matched else None


def _found(test: Test, path: tuple[str, ...], anywhere: bool) -> int | None:
    """Where a part of a pattern finds its name: first of all names, or further on after `**`."""
    reach = len(path) if anywhere else 1
    return next((at for at, name in enumerate(path[:reach]) if test(name)), None)


@dataclass(slots=True)
class _Glance:
    """Tells at a glance of most names that no pattern is about them: no part of any fits."""

    plain: set[str] = field(default_factory=set)
    endings: tuple[str, ...] = ()
    tests: list[Test] = field(default_factory=list)

    @classmethod
    def of(cls, patterns: Iterable[Pattern]) -> _Glance:
        """The glance of all of them."""
        glance, endings = cls(), set[str]()
        for part in {part for pattern in patterns for part in pattern.names}:
            if not _has_signs(part):
                glance.plain.add(part)
            elif _is_ending(part):
                endings.add(part[1:])
            else:
                glance.tests.append(_test(part))
        glance.endings = tuple(endings)
        return glance

    def sees(self, name: str) -> bool:
        """Whether some part of a pattern fits a name."""
        return (
            name in self.plain
            or name.endswith(self.endings)
            or any(test(name) for test in self.tests)
        )


@dataclass(slots=True)
class Rules:
    """All patterns for one commit, by the directory that they hold for, heaviest first."""

    first: tuple[Pattern, ...]
    within: Mapping[tuple[str, ...], tuple[Pattern, ...]]
    last: tuple[Pattern, ...]
    comparisons: int = field(default=0)
    _glance: _Glance = field(init=False)

    def __post_init__(self) -> None:
        self._glance = _Glance.of((*self.first, *chain(*self.within.values()), *self.last))

    def ignores(self, path: str, *, is_directory: bool = False) -> bool:
        """Whether a path is left out. Raises IgnoreError when it has become too much work."""
        names = tuple(path.split("/"))
        self._count(1 + len(self._glance.tests))
        if not any(map(self._glance.sees, names)):
            return False
        for pattern, below in self._heaviest_first(names):
            self.comparisons += 1
            if pattern.fits(below, is_directory=is_directory):
                return not pattern.takes_back
        self._count(0)
        return False

    def _count(self, more: int) -> None:
        self.comparisons += more
        if self.comparisons > MOST_COMPARISONS:
            raise IgnoreError("the ignore patterns are too many for the number of files")

    def _heaviest_first(self, names: tuple[str, ...]) -> Iterator[tuple[Pattern, tuple[str, ...]]]:
        for pattern in self.last:
            yield pattern, names
        for depth in range(len(names) - 1, -1, -1):
            for pattern in self.within.get(names[:depth], ()):
                yield pattern, names[depth:]
        for pattern in self.first:
            yield pattern, names


def rules_of(files: Mapping[str, bytes], spec: str | None) -> Rules:
    """The rules of a commit: its `.sourceignore` files by their paths, and `spec.ignore`.

    Raises IgnoreError where there are too many.
    """
    within = {
        tuple(path.split("/")[:-1]): _heavy_first(content.decode(errors="replace"))
        for path, content in files.items()
    }
    last = _heavy_first(spec or "")
    count = len(last) + sum(map(len, within.values()))
    if count > MOST_PATTERNS:
        raise IgnoreError(f"there are more than {MOST_PATTERNS} ignore patterns")
    defaults = VCS if count else (*VCS, *DEFAULTS)
    return Rules(_reversed(defaults), within, last)


def bare_rules(file: bytes, spec: str | None) -> Rules:
    """The rules of what is no repository: those of one file and of the spec, and no others. Raises
    IgnoreError where there are too many."""
    own, last = _heavy_first(file.decode(errors="replace")), _heavy_first(spec or "")
    if len(own) + len(last) > MOST_PATTERNS:
        raise IgnoreError(f"there are more than {MOST_PATTERNS} ignore patterns")
    return Rules((), {(): own}, last)


def _heavy_first(text: str) -> tuple[Pattern, ...]:
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return _reversed(
        line
        for line in lines
        if line.strip() and not line.startswith("#") and len(line) <= LONGEST_LINE
    )


def _reversed(lines: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(Pattern.parse(line) for line in lines)[::-1]


@lru_cache(maxsize=2_048)
def _test(part: str) -> Test:
    """The test of one part of a pattern: simple where the part is."""
    if not _has_signs(part):
        return part.__eq__
    if _is_ending(part):
        ending = part[1:]
        return lambda name: name.endswith(ending)
    try:
        matcher: Matcher = re2.compile(expression(part))
    except (ValueError, re2.error):
        # Flux: a pattern that is malformed is about nothing.
        return lambda _: False
    return lambda name: matcher.fullmatch(name) is not None


def _has_signs(part: str) -> bool:
    return any(letter in part for letter in _SIGNS)


def _is_ending(part: str) -> bool:
    """Whether a part is a `*` and plain text."""
    return part.startswith("*") and not _has_signs(part[1:])
