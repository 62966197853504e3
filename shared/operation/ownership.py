"""Whether an apply would change who owns the fields of an object, where it changes no value. Pure.

Flux writes objects of known kinds through Go's types: an empty `spec: {}`, `strategy: {}` or
`resources: {}` comes with them, and a `targetPort: 0` that the API server fills in. It owns those,
we never apply them, and to write an object only to let go of them would be to touch everything
that is taken over from Flux.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import orjson

from shared.manifest.identity import Manifest

Path = tuple[str, ...]
"""The steps of a fieldsV1 to one of its leaves: `f:spec`, `k:{"port":80}`, `.`."""

_FILLED_IN = "f:targetPort"


def changes_hands(live: Manifest, before: Manifest, after: Manifest) -> bool:
    """Whether a field would become ours that is not yet, or one that we own would be let go of.
    `before`, `after`: the fieldsV1 of our entry; `live`: the object as it is."""
    owned, wanted = set(_leaves(before)), set(_leaves(after))
    return bool(wanted - owned) or not all(_is_empty(live, path) for path in owned - wanted)


def _leaves(fields: Manifest, path: Path = ()) -> Iterator[Path]:
    for step, below in fields.items():
        if isinstance(below, dict) and below:
            yield from _leaves(cast("Manifest", below), (*path, step))
        else:
            yield (*path, step)


def _is_empty(live: Manifest, path: Path) -> bool:
    """Whether to own this is to own nothing that anybody gave a value: it is not there, or it is a
    struct whose fields are owned one by one."""
    found = _at(live, path)
    return path[-1] == _FILLED_IN or found is None or isinstance(found, dict)


def _at(node: object, path: Path) -> object:
    """What is at a path; None where there is nothing."""
    for step in path:
        sort, _, key = step.partition(":")
        match sort, node:
            case "f", dict():
                node = node.get(key)
            case "k", list():
                node = _item(node, orjson.loads(key))
            case ".", dict() | list():
                return "itself"
            case "v", list():
                value = orjson.loads(key)
                node = value if value in node else None
            case _:
                return None
    return node


def _item(items: list[object], keys: Manifest) -> object:
    """The entry of a list that has these keys."""
    return next(
        (item for item in items if isinstance(item, dict) and keys.items() <= item.items()), None
    )
