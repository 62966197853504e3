"""Which tag a range of versions means (flux.md 2.5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Protocol

import re2

from shared.problem import Problem
from source_controller.version import Range, Version, version_of_tag

CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
"""Where this layer is wanted, tags are those of Helm: `_` stands for the `+` of a version."""


class TagProblem(Problem):
    """A range or a filter is none. Only another spec helps."""


class NoTag(Problem):
    """No tag is within the range."""


class Matcher(Protocol):
    """A compiled filter."""

    def search(self, text: str) -> object | None:
        """Whether it is found in a text."""


def choose(tags: Iterable[str], semver: str, semver_filter: str = "", media_type: str = "") -> str:
    """The tag of the highest version within a range, among those that the filter lets through. Of
    several for one version, the last in the alphabet.

    Raises TagProblem for a range or filter that is none, and NoTag where no tag fits.
    """
    try:
        wanted = Range.parse(semver)
    except ValueError as error:
        raise TagProblem(f"semver '{semver}' parse error: {error}") from None
    fitting = _versions(filtered(tags, semver_filter), media_type == CHART_LAYER)
    found = max((one for one in fitting if wanted.holds(one[0])), default=None)
    if found is None:
        raise NoTag(f"no match found for semver: {semver}")
    return found[1]


def check_range(semver: str, semver_filter: str) -> None:
    """Raises TagProblem for a range or filter that is none, whatever the tags."""
    with suppress(NoTag):
        choose((), semver, semver_filter)


def filtered(tags: Iterable[str], semver_filter: str) -> list[str]:
    """The tags in which a filter is found; without one, all. Raises TagProblem."""
    if not semver_filter:
        return list(tags)
    try:
        matcher: Matcher = re2.compile(semver_filter)
    except re2.error as error:
        raise TagProblem(f"semverFilter '{semver_filter}' is no expression: {error}") from None
    return [tag for tag in tags if matcher.search(tag)]


def _versions(tags: Iterable[str], is_chart: bool) -> Iterator[tuple[Version, str]]:
    for tag in tags:
        version = version_of_tag(tag.replace("_", "+") if is_chart else tag)
        if version is not None:
            yield version, tag
