"""`.helmignore`: what of a directory is no part of the chart in it. Pure.

Not the rules of Git: the first rule that matches decides, and a negated one leaves out all that it
does not match.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import re2

from source_controller.glob import WITHIN_A_NAME, expression
from source_controller.helm.problem import ChartProblem

FILE = ".helmignore"
# Files in templates/ that begin with a dot are never part of a chart.
_ALWAYS = "templates/.?*"
_MOST_RULES = 1_000
MOST_COMPARISONS = 5_000_000

Match = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line. `match` is asked for the whole path, or for the last part of it where `by_name`."""

    match: Match
    negated: bool
    directories_only: bool
    by_name: bool

    def decides(self, path: str, *, is_directory: bool) -> bool:
        """Whether the path is left out because of this rule."""
        if self.negated and self.directories_only and not is_directory:
            return True
        if self.directories_only and not is_directory:
            return False
        name = path.rpartition("/")[2] if self.by_name else path
        return self.match(name) != self.negated


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of a chart."""

    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, content: bytes) -> IgnoreFile:
        """Read a file; an empty one has the rule that all charts have. Raises ChartProblem."""
        lines = content.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").splitlines()
        wanted = [line.strip() for line in lines if line.strip() and line.strip()[0] != "#"]
        if len(wanted) > _MOST_RULES:
            raise ChartProblem(f"{FILE} has more than {_MOST_RULES} rules")
        return cls(tuple(_rule(line) for line in (*wanted, _ALWAYS)))

    def kept(self, paths: Sequence[str]) -> list[str]:
        """The files that are part of the chart: neither they nor a directory that they are in are
        left out. Raises ChartProblem where that would take too long to tell."""
        if len(paths) * len(self.rules) > MOST_COMPARISONS:
            raise ChartProblem(f"{FILE} has too many rules for so many files")
        known: dict[str, bool] = {"": False}
        return [
            path
            for path in paths
            if not self._is_out(path.rpartition("/")[0], known)
            and not self._hits(path, is_directory=False)
        ]

    def _is_out(self, directory: str, known: dict[str, bool]) -> bool:
        """Whether a directory is left out, by itself or by one above it."""
        found = known.get(directory)
        if found is None:
            above = directory.rpartition("/")[0]
            found = self._is_out(above, known) or self._hits(directory, is_directory=True)
            known[directory] = found
        return found

    def _hits(self, path: str, *, is_directory: bool) -> bool:
        return any(rule.decides(path, is_directory=is_directory) for rule in self.rules)


def _rule(line: str) -> Rule:
    if "**" in line:
        raise ChartProblem(
            f"cannot load ignore rules for chart: {FILE}: double-star (**) syntax is not supported"
        )
    pattern = line.removeprefix("!")
    bare = pattern.removesuffix("/")
    match = _matcher(bare.removeprefix("/"), line)
    return Rule(match, pattern != line, bare != pattern, by_name="/" not in bare)


def _matcher(pattern: str, line: str) -> Match:
    """A pattern as Go's filepath.Match understands it."""
    try:
        compiled = re2.compile(expression(pattern, WITHIN_A_NAME))
    except (ValueError, re2.error):
        raise ChartProblem(
            f"cannot load ignore rules for chart: {FILE}: syntax error in pattern '{line[:200]}'"
        ) from None
    return lambda name: compiled.fullmatch(name) is not None
