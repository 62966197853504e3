"""Plain values as YAML text, to the last quote as kustomize prints them (go-yaml's v2 emitter)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from shared.manifest.key_order import ordered
from shared.manifest.scalar_text import block, folded, key_text, number_text, one_line

Write = Callable[[str], None]
Order = Callable[[tuple[str, ...]], Iterable[str]]

WIDTH = 80
"""Where the folding of long strings starts."""


def emitted(value: object, order: Order = ordered) -> str:
    """A value as a YAML document. `order`: that of the keys of each mapping. Raises ValueError for
    what YAML cannot hold."""
    parts: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(value, 0, "", parts.append, order)
    elif isinstance(value, list) and value:
        _sequence(value, 0, "", parts.append, order)
    else:
        parts.append(f"{_leaf(value, 0, 0)}\n")
    return "".join(parts)


def _mapping(
    mapping: dict[str, object], column: int, lead: str, write: Write, order: Order
) -> None:
    """A mapping whose keys stand at `column`; `lead` is what already stands before the first."""
    indent = " " * column
    for key in order(tuple(mapping)):
        value = mapping[key]
        name = key_text(key)
        if type(value) is dict and value:
            write(f"{lead}{name}:\n")
            _mapping(cast("dict[str, object]", value), column + 2, indent + "  ", write, order)
        elif type(value) is list and value:
            write(f"{lead}{name}:\n")
            _sequence(value, column, indent, write, order)
        elif type(value) is str:
            write(f"{lead}{name}: {_string(value, column + len(name) + 2, column + 2)}\n")
        else:
            write(f"{lead}{name}: {_leaf(value, 0, 0)}\n")
        lead = indent


def _sequence(items: list[object], column: int, lead: str, write: Write, order: Order) -> None:
    """A list whose dashes stand at `column`."""
    indent = " " * column
    for value in items:
        if type(value) is dict and value:
            _mapping(cast("dict[str, object]", value), column + 2, lead + "- ", write, order)
        elif type(value) is list and value:
            _sequence(value, column + 2, lead + "- ", write, order)
        else:
            write(f"{lead}- {_leaf(value, column + 2, column + 2)}\n")
        lead = indent


def _leaf(value: object, column: int, indent: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value, column, indent)
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    raise ValueError(f"a {type(value).__name__} has no place in YAML")


def _string(text: str, column: int, indent: int) -> str:
    """A string that starts at `column`; lines of its own are indented by `indent`."""
    if "\n" in text:
        as_block = block(text, indent)
        if as_block is not None:
            return as_block
    line = one_line(text)
    if len(line) + column <= WIDTH or " " not in line:
        return line
    return folded(text, line[0], column, indent)
