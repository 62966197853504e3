"""Paths to fields with dots: `spec.containers.[name=web].image`, `spec.ports.0`, `a.*.b`.

`found` walks to one place, `matched` to all places that a path describes and may make them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from kustomize.field import wrong_kind
from kustomize.pattern import matcher
from kustomize.problem import BuildError
from kustomize.scalar import MISSING, is_null, key_of, spelled, text_of
from shared.manifest.identity import Manifest

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_AT_END = re.compile(r"\[([0-9]+)\]")

FRESH = object()
"""A scalar that was just made: what is written there is read as YAML reads plain text."""

Holder = dict[str, object] | list[object]
Slot = tuple[Holder, str | int]
"""A place that holds a value: a mapping and a key, or a list and an index."""


def split(path: str) -> list[str]:
    r"""`a.[b.c].[d=e.f].g\.h` → a, b.c, [d=e.f], g.h: brackets keep dots, backslashes too."""
    parts: list[str] = []
    pieces = [piece.replace("\0", ".") for piece in path.replace("\\.", "\0").split(".")]
    if len(pieces) > 1 and not pieces[0]:
        pieces = pieces[1:]
    waiting = iter(pieces)
    for piece in waiting:
        if piece.startswith("[") and not piece.endswith("]"):
            parts.append(_bracketed(piece, waiting))
        else:
            parts.append(piece)
    return parts


def _bracketed(first: str, waiting: Iterator[str]) -> str:
    pieces = [first]
    for piece in waiting:
        pieces.append(piece)
        if piece.endswith("]"):
            break
    whole = ".".join(pieces)
    return whole if "=" in whole else whole.strip("[]")


def with_indices(parts: list[str]) -> list[str]:
    """`ports[0]` → ports, 0: the form that vars use."""
    result: list[str] = []
    for part in parts:
        if _AT_END.search(part) and not part.startswith("["):
            result.append(part.partition("[")[0])
            result += _AT_END.findall(part)
        else:
            result.append(part)
    return result


def is_index(part: str) -> bool:
    """Whether a part is a number, counted from zero."""
    return _NUMBER.fullmatch(part) is not None and int(part) >= 0


def key_and_value(part: str) -> tuple[str, str]:
    """`[name=web]` → name, web; `[=web]` stands for the value itself."""
    inside = part[1:-1]
    if inside.startswith("="):
        return "", inside[1:]
    key, equals, value = inside.partition("=")
    if not equals:
        raise BuildError(
            f"list path element must contain fieldName=fieldValue for element to match: {part}"
        )
    return key, value


def is_selector(part: str) -> bool:
    """Whether a part is in brackets."""
    return part.startswith("[") and part.endswith("]")


def found(node: object, parts: list[str]) -> object:
    """The value at a path, MISSING where there is none. Raises BuildError where a path asks of a
    value what it does not have (an index of a mapping, a key of a list)."""
    for part in (part.strip() for part in parts):
        if not part:
            continue
        if node is MISSING:
            return MISSING
        node = _below(node, part)
    return node


def _below(node: object, part: str) -> object:
    if is_null(node):
        return MISSING
    if _NUMBER.fullmatch(part) or part == "-":
        if not isinstance(node, list):
            raise wrong_kind("SequenceNode", node)
        index = -1 if part == "-" else int(part)
        if index < -1 or (index == -1 and part != "-"):
            raise BuildError(f"array index {index} cannot be negative")
        return node[index] if -len(node) <= index < len(node) else MISSING
    if part == "*":
        raise BuildError("wildcard is not supported in PathGetter")
    if is_selector(part):
        return _selected(node, part)
    if not isinstance(node, dict):
        raise wrong_kind("MappingNode", node)
    return node.get(part, MISSING)


def _selected(node: object, part: str) -> object:
    key, value = key_and_value(part)
    if not isinstance(node, list):
        raise wrong_kind("SequenceNode", node)
    for entry in node:
        if not key and text_of(entry) == value:
            return entry
        if key and isinstance(entry, dict) and key in entry and text_of(entry[key]) == value:
            return entry
    return MISSING


def matched(slot: Slot, parts: list[str], make: object) -> list[Slot]:
    """All places below a slot that a path describes.

    `make` is MISSING to make nothing, else an empty value of the kind that the last part gets;
    mappings and lists on the way are made too. Raises BuildError as `found`, and for an index
    that is too large.
    """
    if not parts:
        return [slot]
    part = parts[0]
    node = _at(slot)
    if is_index(part):
        return _at_index(node, int(part), parts, make)
    if is_selector(part):
        return _at_selected(node, parts, make)
    if part == "*":
        return [
            place
            for index in range(len(_as_list(node)))
            for place in matched((_as_list(node), index), parts[1:], make)
        ]
    return _at_field(node, parts, make)


def _at(slot: Slot) -> object:
    holder, where = slot
    return cast("dict[object, object]", holder)[where]


def _as_list(node: object) -> list[object]:
    if not isinstance(node, list):
        raise wrong_kind("SequenceNode", node)
    return node


def _fresh(following: list[str], make: object) -> object:
    """An empty value for a place that other parts follow."""
    if not following:
        return type(make)() if isinstance(make, dict | list) else make
    return [] if is_index(following[0]) or is_selector(following[0]) else {}


def _at_field(node: object, parts: list[str], make: object) -> list[Slot]:
    if is_null(node):
        return []
    if not isinstance(node, dict):
        raise wrong_kind("MappingNode", node)
    mapping = cast("Manifest", node)
    name = parts[0]
    if name not in mapping:
        if make is MISSING:
            return []
        mapping[key_of(name)] = _fresh(parts[1:], make)
    value = mapping[name]
    if len(parts) > 1 and not isinstance(value, dict | list):
        return []
    return matched((mapping, name), parts[1:], make)


def _at_index(node: object, index: int, parts: list[str], make: object) -> list[Slot]:
    items = _as_list(node)
    if index == len(items) and make is not MISSING:
        items.append(_fresh(parts[1:], make))
    if index >= len(items):
        raise BuildError(f"index {index} specified but only {len(items)} elements found")
    return matched((items, index), parts[1:], make)


def _at_selected(node: object, parts: list[str], make: object) -> list[Slot]:
    key, value = key_and_value(parts[0])
    items = _as_list(node)
    fits = matcher(value)
    if fits is None:
        raise BuildError(f"error parsing regexp: `{value[:200]}`")
    places: list[Slot] = []
    for index, entry in enumerate(items):
        if not key and fits(text_of(entry)):
            places.append((items, index))
        elif key and isinstance(entry, dict) and key in entry and fits(text_of(entry[key]).strip()):
            places += matched((items, index), parts[1:], make)
    if places or make is MISSING:
        return places
    items.append({key: spelled(value)} if key else spelled(value))
    if not fits(value):
        return []
    return matched((items, len(items) - 1), parts[1:], make) if key else [(items, len(items) - 1)]
