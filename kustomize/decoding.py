"""From parsed YAML to the dataclasses of a kustomization, by Go's rules for JSON.

Names match without regard to case, null is the zero value, unknown names are errors (for plugin
configurations they are not, and numbers may stand for texts there), and a value of another type is
an error that names the field.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast

from kustomize.problem import BuildError
from kustomize.scalar import text_of

T = TypeVar("T")


class Manner(NamedTuple):
    """`strict`: unknown names are errors; `exact`: numbers may not stand for texts."""

    strict: bool = True
    exact: bool = True


_Read = Callable[[object, str, Manner], object]
_NAMES = {
    bool: "bool",
    str: "string",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}


def decoded(
    kind: type[T], value: object, name: str, *, strict: bool = True, exact: bool = True
) -> T:
    """A dataclass made of a mapping. Unknown names are errors if `strict`, numbers for texts if
    `exact` too. Raises BuildError."""
    manner = Manner(strict, exact and strict)
    return cast("T", _reader(cast("Hashable", kind))(value, name, manner))


def _mismatch(value: object, name: str, wanted: str) -> BuildError:
    found = _NAMES.get(type(value), "null")
    return BuildError(f"json: cannot unmarshal {found} into field {name} of type {wanted}")


@lru_cache(maxsize=256)
def _reader(kind: Hashable) -> _Read:
    if is_dataclass(kind):
        return _dataclass_reader(cast("type", kind))
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return _optional_reader(_reader(arguments[0]))
    if origin is tuple:
        return _list_reader(_reader(arguments[0]))
    if origin is dict:
        return _mapping_reader(_reader(arguments[1]))
    return _READERS[kind]


def _dataclass_reader(kind: type) -> _Read:
    hints = typing.get_type_hints(kind)
    known = {
        field.name.replace("_", ""): (field.name, _reader(hints[field.name]))
        for field in fields(kind)
    }

    def read(value: object, name: str, manner: Manner) -> object:
        if value is None:
            return kind()
        if not isinstance(value, dict):
            raise _mismatch(value, name, "object")
        found: dict[str, object] = {}
        for key, item in value.items():
            entry = known.get(key.lower())
            if entry is not None:
                found[entry[0]] = entry[1](item, f"{name}.{key}", manner)
            elif manner.strict:
                raise BuildError(f'json: unknown field "{key}"')
        return kind(**found)

    return read


def _optional_reader(read_one: _Read) -> _Read:
    def read(value: object, name: str, manner: Manner) -> object:
        return None if value is None else read_one(value, name, manner)

    return read


def _list_reader(read_one: _Read) -> _Read:
    def read(value: object, name: str, manner: Manner) -> object:
        if value is None:
            return ()
        if not isinstance(value, list):
            raise _mismatch(value, name, "array")
        return tuple(read_one(item, name, manner) for item in value)

    return read


def _mapping_reader(read_one: _Read) -> _Read:
    def read(value: object, name: str, manner: Manner) -> object:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise _mismatch(value, name, "map")
        return {key: read_one(item, f"{name}.{key}", manner) for key, item in value.items()}

    return read


def _text(value: object, name: str, manner: Manner) -> object:
    if value is None or isinstance(value, str):
        return value or ""
    if not manner.exact and isinstance(value, int | float):
        # Outside of kustomization files, sigs.k8s.io/yaml makes texts of scalars.
        return text_of(value)
    raise _mismatch(value, name, "string")


def _flag(value: object, name: str, _: Manner) -> object:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _mismatch(value, name, "bool")


def _number(value: object, name: str, _: Manner) -> object:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value or 0
    raise _mismatch(value, name, "int64")


def _anything(value: object, _: str, __: Manner) -> object:
    return value


_READERS: dict[object, _Read] = {str: _text, bool: _flag, int: _number, object: _anything}
