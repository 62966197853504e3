"""From plain values to the fields of a Go struct, as sigs.k8s.io/yaml and encoding/json fill them.

Where a text is wanted, numbers and booleans become one; nulls and empty values are as if they were
not there; names of fields are found whatever their case. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from shared.manifest.identity import Manifest

Read = Callable[[object, str], object]
"""Makes a value what its field wants. Takes its place too, for the error: `version`."""


class Misfit(ValueError):
    """A value is not what its field wants. The message names the field."""


@dataclass(frozen=True, slots=True)
class Struct:
    """The fields of a struct, in their order. `kept`: those that are written though they are empty,
    with what is written then. `strict`: whether a field of another name is an error."""

    fields: Mapping[str, Read]
    kept: Mapping[str, object] = field(default_factory=dict)
    strict: bool = False

    def __call__(self, value: object, place: str) -> object:
        """The fields of a mapping. Raises Misfit."""
        if not isinstance(value, dict):
            raise Misfit(f"{place or 'it'} is no mapping")
        given = self._named(value, place)
        made: Manifest = {}
        for name, read in self.fields.items():
            found = given.get(name)
            ready = None if found is None else read(found, f"{place}.{name}" if place else name)
            if ready or name in self.kept:
                made[name] = ready or self.kept[name]
        return made

    def _named(self, value: Manifest, place: str) -> Manifest:
        """The values by the names of the fields that they are for."""
        if value.keys() <= self.fields.keys():
            return value
        given: Manifest = {}
        for key, item in value.items():
            name = key if key in self.fields else self._folded(key)
            if name:
                given[name] = item
            elif self.strict:
                raise Misfit(f'{place or "it"} has the unknown field "{key[:200]}"')
        return given

    def _folded(self, key: str) -> str:
        small = key.lower()
        return next((name for name in self.fields if name.lower() == small), "")


def text(value: object, place: str) -> str:
    """A text; a number or a boolean as it would be written."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _decimal(value)
    raise Misfit(f"{place} is no text")


def flag(value: object, place: str) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise Misfit(f"{place} is neither true nor false")
    return value


def anything(value: object, _: str) -> object:
    """Whatever it is."""
    return value


def moment(value: object, place: str) -> str:
    """A time as in RFC 3339."""
    if not isinstance(value, str) or "T" not in value:
        raise Misfit(f"{place} is no time such as 2026-01-31T12:00:00Z")
    try:
        zoned = datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        raise Misfit(f"{place} is no time such as 2026-01-31T12:00:00Z")
    return value


def listed(read: Read) -> Read:
    """A list, each item of it as `read` makes it; nulls are left in it."""

    def read_all(value: object, place: str) -> object:
        if not isinstance(value, list):
            raise Misfit(f"{place} is no list")
        return [
            None if item is None else read(item, f"{place}[{number}]")
            for number, item in enumerate(value)
        ]

    return read_all


def mapped(read: Read) -> Read:
    """A mapping with any keys, each value as `read` makes it."""

    def read_all(value: object, place: str) -> object:
        if not isinstance(value, dict):
            raise Misfit(f"{place} is no mapping")
        return {
            key: "" if item is None else read(item, f"{place}.{key}")
            for key, item in cast("Manifest", value).items()
        }

    return read_all


def _decimal(value: float) -> str:
    """As Go's FormatFloat(value, 'g', -1, 64)."""
    shown = repr(value)
    mantissa, letter, exponent = shown.partition("e")
    if not letter:
        return shown.removesuffix(".0")
    sign, digits = exponent[0], exponent.lstrip("+-")
    return f"{mantissa.removesuffix('.0')}e{'-' if sign == '-' else '+'}{digits:0>2}"
