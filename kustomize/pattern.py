"""Regular expressions of users, matched in linear time (RE2, as Go's)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2

from kustomize.problem import BuildError

Matches = Callable[[str], bool]
_LONGEST = 10_000


def matcher(pattern: str) -> Matches | None:
    """Whether a text contains what the pattern describes; None for a pattern that is not valid."""
    return _matcher(pattern) if len(pattern) <= _LONGEST else None


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> Matches | None:
    try:
        compiled = re2.compile(pattern, _quiet())
    except re2.error:
        return None
    return lambda text: compiled.search(text) is not None


@lru_cache(maxsize=1)
def _quiet() -> object:
    options = re2.Options()
    options.log_errors = False
    return options


def anchored(pattern: str) -> Matches:
    """Whether the whole of a text is what the pattern describes. An empty pattern fits all.

    Raises BuildError for a pattern that is not valid.
    """
    if not pattern:
        return lambda _: True
    if pattern.replace("-", "").isalnum():
        return lambda text: text == pattern
    found = matcher(f"^(?:{pattern})$")
    if found is None:
        raise BuildError(f"error parsing regexp: `{pattern[:200]}`")
    return found
