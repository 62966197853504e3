"""The types that a schema gives to values in expressions, and the values themselves.

Behaviour: apiextensions' conversion of structural schemas to CEL declarations. What has no type of
its own (a field that only preserves what is unknown) cannot be named in an expression at all.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from apiserver.value import section, text

Source = Mapping[str, object]
Word = Literal[
    "bool", "bytes", "double", "duration", "dyn", "int", "list", "map", "object", "string",
    "timestamp",
]  # fmt: skip

_RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in",
    "let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
})  # fmt: skip
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_SPECIAL = re.compile(r"__|[./-]")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_./-]*")
_PLAIN: Mapping[str, Word] = {"boolean": "bool", "integer": "int", "number": "double"}
_FORMATS: Mapping[str, Word] = {
    "byte": "bytes",
    "date": "timestamp",
    "date-time": "timestamp",
    "duration": "duration",
}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s?([a-zµ]+)")
_MICROSECONDS = {
    "ns": 0.001, "us": 1, "µs": 1, "ms": 1e3, "s": 1e6, "m": 6e7, "h": 3.6e9, "d": 8.64e10,
    "w": 6.048e11,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sort:
    """A type: `of` is that of a list's items or a map's values, `fields` are those of an object, by
    their names in expressions, with their names in the object."""

    word: Word
    of: Sort | None = None
    fields: tuple[tuple[str, str, Sort], ...] = ()


_STRING = Sort("string")
_METADATA = Sort("object", fields=tuple((name, name, _STRING) for name in ("generateName", "name")))
_RESOURCE = (
    ("apiVersion", "apiVersion", _STRING),
    ("kind", "kind", _STRING),
    ("metadata", "metadata", _METADATA),
)


def sort_of(source: Source, *, is_resource: bool = False) -> Sort | None:
    """The type that a part of a schema describes; None where it has none."""
    if source.get("x-kubernetes-int-or-string") is True:
        return Sort("dyn")
    kind = text(source, "type")
    if kind == "array":
        item = sort_of(section(source, "items"))
        return Sort("list", item) if item else None
    if kind == "object":
        return _object(source, is_resource or source.get("x-kubernetes-embedded-resource") is True)
    if kind == "string":
        return Sort(_FORMATS.get(text(source, "format"), "string"))
    return Sort(_PLAIN[kind]) if kind in _PLAIN else None


def _object(source: Source, is_resource: bool) -> Sort | None:
    more = section(source, "additionalProperties")
    if more:
        value = sort_of(more)
        return Sort("map", value) if value else None
    fields = tuple(_RESOURCE if is_resource else ())
    taken = {name for name, _, _ in fields}
    for name, below in sorted(section(source, "properties").items()):
        escaped = escape(name)
        if escaped and name not in taken and isinstance(below, dict) and (found := sort_of(below)):
            fields += ((escaped, name, found),)
    return Sort("object", fields=fields)


def escape(name: str) -> str:
    """The name of a field in expressions; empty where it cannot be named."""
    if name in _RESERVED:
        return f"__{name}__"
    if not _NAME.fullmatch(name):
        return ""
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], name)


def typed(value: object, sort: Sort) -> object:
    """A value of an object as an expression sees it. What is not of its type stays as it is: the
    engine then says that there is no such overload."""
    if isinstance(value, list) and sort.word == "list" and sort.of:
        below = sort.of
        return [typed(each, below) for each in value]
    if isinstance(value, dict):
        return _typed_map(cast("Mapping[str, object]", value), sort)
    if isinstance(value, str):
        return _typed_text(value, sort.word)
    if isinstance(value, int | float) and value is not True and value is not False:
        return float(value) if sort.word == "double" else _whole(value)
    return value


def _typed_map(value: Mapping[str, object], sort: Sort) -> object:
    if sort.word == "map" and sort.of:
        below = sort.of
        return {name: typed(each, below) for name, each in value.items()}
    if sort.word == "object":
        return dict(_fields(value, sort))
    return value


def _fields(value: Mapping[str, object], sort: Sort) -> Iterable[tuple[str, object]]:
    for escaped, name, below in sort.fields:
        if name in value:
            yield escaped, typed(value[name], below)


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _typed_text(value: str, word: Word) -> object:
    try:
        if word == "bytes":
            return base64.b64decode(value)
        if word == "timestamp":
            found = Timestamp()
            found.FromDatetime(datetime.fromisoformat(value))
            return found
    except (ValueError, binascii.Error):
        return value
    return _duration(value) if word == "duration" else value


def _duration(value: str) -> object:
    whole = sum(float(count) * _MICROSECONDS.get(unit, 0) for count, unit in _PIECE.findall(value))
    found = Duration()
    try:
        found.FromTimedelta(timedelta(microseconds=-whole if value.startswith("-") else whole))
    except (OverflowError, ValueError):
        return value
    return found
