"""Which objects a selector selects: identity by regular expressions, labels and annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from kustomize.identity import Gvk
from kustomize.kustomization import Selector
from kustomize.metadata import texts
from kustomize.pattern import anchored
from kustomize.problem import BuildError
from kustomize.resource import Resource

Matches = Callable[[dict[str, str]], bool]


class IdMatcher:
    """The identity part of a selector. Raises BuildError where a pattern is not valid."""

    __slots__ = ("group", "kind", "name", "namespace", "version")

    def __init__(self, selector: Selector) -> None:
        self.group = anchored(selector.group)
        self.version = anchored(selector.version)
        self.kind = anchored(selector.kind)
        self.name = anchored(selector.name)
        self.namespace = anchored(selector.namespace)

    def fits_kind(self, kind: Gvk) -> bool:
        """Whether group, version and kind fit."""
        return self.group(kind.group) and self.version(kind.version) and self.kind(kind.kind)


def selected(resources: Iterable[Resource], selector: Selector) -> list[Resource]:
    """The objects whose kind fits, and whose name and namespace fit as they are or as they were
    read. Raises BuildError for patterns that are not valid, and for selectors that are not where
    an object is to be held against them."""
    matcher = IdMatcher(selector)
    return [
        resource
        for resource in resources
        if _fits(resource, matcher)
        and label_matcher(selector.label_selector)(texts(resource.manifest, "labels"))
        and label_matcher(selector.annotation_selector)(texts(resource.manifest, "annotations"))
    ]


def _fits(resource: Resource, matcher: IdMatcher) -> bool:
    return (
        matcher.fits_kind(resource.gvk)
        and (matcher.name(resource.name) or matcher.name(resource.original.name))
        and (
            matcher.namespace(resource.original_namespace)
            or matcher.namespace(resource.effective_namespace)
        )
    )


_PART = re.compile(
    r"""\s*(?:
        (?P<absent>!)\s*(?P<not>[^\s,=!<>()]+)
      | (?P<key>[^\s,=!<>()]+)\s*
        (?: (?P<sign>==|=|!=|>|<)\s*(?P<value>[^\s,=!<>()]*)
          | (?P<word>in|notin)\s*\((?P<set>[^()]*)\)
        )?
    )\s*(?:,|$)""",
    re.VERBOSE,
)


_LONGEST = 10_000


def label_matcher(selector: str) -> Matches:
    """Whether labels fit a selector such as `app=web,tier in (a, b),!old`. An empty one fits all.

    Raises BuildError for what Kubernetes would not take as a selector.
    """
    if len(selector) > _LONGEST:
        raise BuildError(f"the label selector {selector[:80]}… is too long")
    return _label_matcher(selector)


@lru_cache(maxsize=256)
def _label_matcher(selector: str) -> Matches:
    parts: list[Matches] = []
    at = 0
    while selector[at:].strip():
        found = _PART.match(selector, at)
        if found is None or found.end() == at:
            raise BuildError(f"unable to parse the label selector: {selector[:200]}")
        parts.append(_requirement(found))
        at = found.end()
    return lambda labels: all(part(labels) for part in parts)


def _requirement(found: re.Match[str]) -> Matches:
    key = found["key"] or found["not"]
    if found["absent"]:
        return lambda labels: key not in labels
    if found["word"]:
        values = frozenset(value.strip() for value in found["set"].split(","))
        if found["word"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found["sign"] is None:
        return lambda labels: key in labels
    return _comparison(key, found["sign"], found["value"])


def _comparison(key: str, sign: str, value: str) -> Matches:
    if sign in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if sign == "!=":
        return lambda labels: labels.get(key) != value
    try:
        limit = int(value)
    except ValueError as error:
        raise BuildError(f"unable to parse the label selector: {key}{sign}{value}") from error

    def compared(labels: dict[str, str]) -> bool:
        text = labels.get(key, "")
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            return False
        return int(text) > limit if sign == ">" else int(text) < limit

    return compared
