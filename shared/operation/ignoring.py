"""Fields that are left to others, on objects that are there already. Pure.

As in Flux (reference flux.md 1.13): where another manager applies such a field, it is not sent;
otherwise the value that the object has is sent, so that nobody's value is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import cast

from shared.manifest.field_path import FieldPath
from shared.manifest.identity import Manifest, text
from shared.manifest.managed_fields import applier_of

Steps = tuple[str, ...]
"""A JSON pointer (RFC 6901), a step each."""

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Ignored:
    """The fields of one object that are left to others."""

    pointers: tuple[Steps, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pointers)

    def adopted(self, wanted: Manifest, live: Manifest, manager: str) -> Manifest:
        """What `manager` is to send for an object that is there: as `wanted`, but for these
        fields."""
        sent = copy.deepcopy(wanted)
        for steps in self.pointers:
            if _at(wanted, steps) is not _MISSING:
                applied = applier_of(live, _field(wanted, steps), beside=manager) is not None
                _put(sent, steps, _MISSING if applied else _at(live, steps))
        return sent

    def fields(self, wanted: Manifest) -> tuple[FieldPath, ...]:
        """The fields as they are named in field ownership."""
        return tuple(_field(wanted, steps) for steps in self.pointers)


NOTHING = Ignored()
"""All is ours."""


def pointer(text_: str) -> Steps:
    """The steps of a JSON pointer. Raises ValueError where it is none, or names no field."""
    if not text_.startswith("/") or text_ == "/":
        raise ValueError(f"{text_!r} is no JSON pointer to a field, such as /spec/replicas")
    return tuple(
        step.replace("~1", "/").replace("~0", "~") for step in text_.removeprefix("/").split("/")
    )


def _at(node: object, steps: Iterable[str]) -> object:
    """What is at the end of the steps, or _MISSING."""
    return reduce(_child, steps, node)


def _child(node: object, step: str) -> object:
    if isinstance(node, dict):
        return node.get(step, _MISSING)
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    return _MISSING


def _put(sent: Manifest, steps: Steps, value: object) -> None:
    """Put a value at the end of the steps, or take off what is there."""
    parent, last = _at(sent, steps[:-1]), steps[-1]
    if isinstance(parent, list):
        index = int(last)
        parent[index : index + 1] = [] if value is _MISSING else [value]
    elif value is _MISSING:
        cast("Manifest", parent).pop(last, None)
    else:
        cast("Manifest", parent)[last] = value


def _field(wanted: Manifest, steps: Sequence[str]) -> FieldPath:
    return tuple(_named(wanted, steps))


def _named(wanted: Manifest, steps: Sequence[str]) -> Iterator[str]:
    """The steps, with entries of lists by their name, where they have one."""
    node: object = wanted
    for step in steps:
        below = _child(node, step)
        if isinstance(node, list):
            name = text(cast("Manifest", below), "name") if isinstance(below, dict) else ""
            yield f"[{name or step}]"
        else:
            yield step
        node = below
