"""Fields of an object as people name them: `data.color`, `spec.containers[app].image`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

import orjson

from shared.manifest.identity import Manifest, section

FieldPath = tuple[str, ...]
"""The way to a field, a step each; an entry of a list is in brackets: `("spec", "[app]")`."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def shown(path: FieldPath) -> str:
    """A path as text. Keys with dots and slashes are in brackets: `metadata.labels[app.io/x]`."""
    text = ""
    for step in path:
        if step.startswith("["):
            text += step
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step}]"
    return text


def touches(one: FieldPath, other: FieldPath) -> bool:
    """Whether one field is the other, or holds it, or is within it."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def owned_fields(entry: Manifest | None) -> frozenset[FieldPath]:
    """The fields that an entry of `metadata.managedFields` names, down to the last level."""
    return frozenset(_leaves(section(entry or {}, "fieldsV1"), ()))


def without(fields: Manifest, paths: Iterable[FieldPath], at: FieldPath = ()) -> Manifest:
    """A `fieldsV1` without the fields at `paths` and all below them."""
    paths = tuple(paths)
    kept: Manifest = {}
    for name, below in fields.items():
        here = at if name == "." else (*at, _step(name))
        if name != "." and here in paths:
            continue
        deeper = isinstance(below, dict) and any(path[: len(here)] == here for path in paths)
        kept[name] = without(cast("Manifest", below), paths, here) if deeper else below
    return kept


def _leaves(tree: Manifest, path: FieldPath) -> Iterator[FieldPath]:
    for name, below in tree.items():
        if name == ".":
            continue
        here = (*path, _step(name))
        if isinstance(below, dict) and any(key != "." for key in below):
            yield from _leaves(cast("Manifest", below), here)
        else:
            yield here


def _step(name: str) -> str:
    """One step of `fieldsV1`: `f:name`, `k:{"name":"app"}`, `v:"text"`, `i:0`."""
    kind, _, rest = name.partition(":")
    if kind == "f":
        return rest
    if kind != "k":
        return f"[{rest.strip(chr(34))}]"
    try:
        keys = orjson.loads(rest)
    except orjson.JSONDecodeError:
        return f"[{rest}]"
    return f"[{','.join(str(value) for value in keys.values())}]"


def differing(one: object, other: object, path: FieldPath = ()) -> Iterator[FieldPath]:
    """The fields in which two values differ, each as far down as the two can be compared. Entries
    of lists are told apart by their `name`, where all have one, and by their place otherwise."""
    if isinstance(one, dict) and isinstance(other, dict):
        yield from _differing_maps(cast("Manifest", one), cast("Manifest", other), path)
    elif _are_named(one) and _are_named(other):
        yield from _differing_maps(_by_name(one), _by_name(other), path)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from differing(first, second, (*path, f"[{place}]"))
    elif one != other:
        yield path


def _differing_maps(one: Manifest, other: Manifest, path: FieldPath) -> Iterator[FieldPath]:
    for key in sorted(one.keys() | other.keys()):
        if key in one and key in other:
            yield from differing(one[key], other[key], (*path, key))
        else:
            yield from _ends(one.get(key, other.get(key)), (*path, key))


def _ends(value: object, path: FieldPath) -> Iterable[FieldPath]:
    """What is new or gone: a mapping by its fields, anything else as a whole."""
    if isinstance(value, dict) and value:
        below = cast("Manifest", value)
        return [end for key in sorted(below) for end in _ends(below[key], (*path, key))]
    return [path]


def _are_named(value: object) -> bool:
    if not isinstance(value, list) or not value:
        return False
    names = [one.get("name") for one in value if isinstance(one, dict)]
    texts = {name for name in names if isinstance(name, str)}
    return len(texts) == len(value)


def _by_name(value: object) -> Manifest:
    entries = cast("list[Manifest]", value)
    return {f"[{entry['name']}]": entry for entry in entries}
