"""The JSONPath of printer columns and selectable fields: `.a.b`, `[0]`, `[*]`, `['a.b']` and
`[?(@.type=="Ready")]`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from apiserver.value import at

Step = Callable[[object], list[object]]

_TOKEN = re.compile(
    r"""\.?\[\?\(\s*@\.(?P<field>[\w.\-/]+)\s*(?P<op>==|!=)\s*(?P<quote>["'])(?P<value>.*?)(?P=quote)\s*\)\]
    |\.?\[(?P<index>-?\d+)\]
    |\.?\[\*\]|\.\*(?P<all>)
    |\.?\[["'](?P<quoted>(?:[^"'\\]|\\.)*)["']\]
    |\.(?P<key>(?:[^.\[\\]|\\.)+)
    """,
    re.VERBOSE,
)


class PathError(ValueError):
    """A JSONPath that is not one, or uses what is not supported."""


@lru_cache(maxsize=4096)
def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises PathError."""
    text = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    found: list[Step] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise PathError(f"unsupported JSONPath {path!r} at {text[position:]!r}")
        found.append(_step(match))
        position = match.end()
    return tuple(found)


def _step(match: re.Match[str]) -> Step:
    if match["field"]:
        return _filter(match["field"].split("."), match["op"], match["value"])
    if match["index"]:
        return _index(int(match["index"]))
    if match["quoted"] is not None:
        return _key(re.sub(r"\\(.)", r"\1", match["quoted"]))
    if match["key"]:
        return _key(re.sub(r"\\(.)", r"\1", match["key"]))
    return _all


def _filter(field: list[str], operator: str, wanted: str) -> Step:
    def step(value: object) -> list[object]:
        items = value if isinstance(value, list) else []
        return [each for each in items if (at(each, *field) == wanted) == (operator == "==")]

    return step


def _index(position: int) -> Step:
    def step(value: object) -> list[object]:
        inside = isinstance(value, list) and -len(value) <= position < len(value)
        return [value[position]] if inside and isinstance(value, list) else []

    return step


def _key(name: str) -> Step:
    def step(value: object) -> list[object]:
        return [value[name]] if isinstance(value, dict) and name in value else []

    return step


def _all(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def find(value: object, path: str) -> list[object]:
    """Everything that the path leads to. Raises PathError."""
    found = [value]
    for step in steps_of(path):
        found = [below for each in found for below in step(each)]
    return found
