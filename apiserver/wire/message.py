"""From protobuf messages to JSON objects, by the table of Kubernetes' types."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import orjson

from apiserver.clock import micro_stamp, stamp
from apiserver.refusal import bad_request, unsupported_media
from apiserver.value import Object
from apiserver.wire.reader import Value, WireError, chunk, double, fields, signed, text

MAGIC = b"k8s\x00"
MAX_DEPTH = 200
_GROUPS = {"": "core", "rbac.authorization.k8s.io": "rbac", "meta.k8s.io": "meta"}
_META = ("DeleteOptions", "Status", "CreateOptions", "UpdateOptions")


class Row(NamedTuple):
    """One field of a message."""

    name: str
    type: str
    marks: str


@cache
def _table() -> dict[str, dict[int, Row]]:
    data = files("apiserver.wire").joinpath("messages.json").read_bytes()
    return {
        name: {number: Row(word, kind, marks) for number, word, kind, marks in rows}
        for name, rows in orjson.loads(data).items()
    }


def rows_by_message() -> dict[str, list[Row]]:
    """The fields of every message: `{"core/v1.EnvVar": [...], ...}`."""
    return {name: list(rows.values()) for name, rows in _table().items()}


def parse(data: bytes) -> Object:
    """An object in Kubernetes' protobuf envelope. Raises a 400."""
    try:
        return _enveloped(data)
    except WireError as error:
        raise bad_request(f"the body of the request is no protobuf message: {error}") from error


def _enveloped(data: bytes) -> Object:
    if not data.startswith(MAGIC):
        raise WireError("it does not begin as Kubernetes' protobuf does")
    parts = dict(fields(data[len(MAGIC) :]))
    named = dict(fields(chunk(parts.get(1, b""))))
    api_version, kind = text(named.get(1, b"")), text(named.get(2, b""))
    message = _message_name(api_version, kind)
    if message not in _table():
        raise unsupported_media(("application/json", "application/yaml"))
    content = _message(chunk(parts.get(2, b"")), message, 0)
    return {"apiVersion": api_version, "kind": kind, **content}


def _message_name(api_version: str, kind: str) -> str:
    group, _, version = api_version.rpartition("/")
    if kind in _META:
        return f"meta/v1.{kind}"
    return f"{_GROUPS.get(group, group.partition('.')[0])}/{version}.{kind}"


def _message(data: bytes, name: str, depth: int) -> Object:
    if depth > MAX_DEPTH:
        raise WireError(f"it is nested deeper than {MAX_DEPTH} levels")
    table, content = _table()[name], Object()
    for number, value in fields(data):
        row = table.get(number)
        if row is not None:
            _put(content, row, value, depth)
    return content


def _put(content: Object, row: Row, value: Value, depth: int) -> None:
    if "m" in row.marks:
        key, below = _pair(value, row.type, depth)
        below_all = content.setdefault(row.name, {})
        if isinstance(below_all, dict):
            below_all[key] = below
    elif "r" in row.marks:
        items = content.setdefault(row.name, [])
        if isinstance(items, list):
            items.append(_value(value, row.type, depth))
    elif "i" in row.marks:
        inlined = _value(value, row.type, depth)
        content.update(inlined if isinstance(inlined, dict) else {})
    else:
        found = _value(value, row.type, depth)
        if not _is_silent(found, row.marks):
            content[row.name] = found


def _is_silent(value: object, marks: str) -> bool:
    """Go sends zero values that its JSON would leave out, unless a pointer says that they count."""
    if value is None:
        return True
    return "o" in marks and "p" not in marks and value in ("", 0, False)


def _pair(value: Value, kind: str, depth: int) -> tuple[str, object]:
    parts = dict(fields(chunk(value)))
    return text(parts.get(1, b"")), _value(parts.get(2, _ZERO.get(kind, b"")), kind, depth)


_ZERO: dict[str, Value] = {"int": 0, "bool": 0, "double": bytes(8)}


def _value(value: Value, kind: str, depth: int) -> object:
    if reader := _READERS.get(kind):
        return reader(value)
    if kind.startswith("list:"):
        items = (each for _, each in fields(chunk(value)))
        return [_value(each, kind.removeprefix("list:"), depth) for each in items]
    if kind.startswith("schema-or-"):
        return _schema_or(chunk(value), depth)
    return _message(chunk(value), kind, depth + 1)


_SCHEMA = "apiextensions/v1.JSONSchemaProps"


def _schema_or(data: bytes, depth: int) -> object:
    """A schema, or what may stand instead: a boolean, a list of schemas or of names."""
    parts = list(fields(data))
    schemas = [value for number, value in parts if number == 1 and isinstance(value, bytes)]
    allows = [value for number, value in parts if number == 1 and isinstance(value, int)]
    more = [chunk(value) for number, value in parts if number == 2]
    if allows:
        return _message(more[0], _SCHEMA, depth + 1) if more else bool(allows[0])
    if schemas:
        return _message(schemas[0], _SCHEMA, depth + 1)
    return [text(each) for each in more]


def _moment(value: Value, form: Callable[[datetime], str]) -> str | None:
    parts = dict(fields(chunk(value)))
    seconds, nanos = signed(parts.get(1, 0)), signed(parts.get(2, 0))
    if not parts or seconds < 0:
        return None
    return form(datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanos // 1000))


def _duration(value: Value) -> str:
    nanos = signed(dict(fields(chunk(value))).get(1, 0))
    return f"{nanos / 1e9:g}s"


def _int_or_string(value: Value) -> object:
    parts = dict(fields(chunk(value)))
    return text(parts.get(3, b"")) if parts.get(1) == 1 else signed(parts.get(2, 0))


def _raw(value: Value) -> object:
    raw = chunk(dict(fields(chunk(value))).get(1, b""))
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise WireError(f"a part that is no JSON: {error}") from error


_READERS: dict[str, Callable[[Value], object]] = {
    "string": text,
    "bytes": lambda value: base64.b64encode(chunk(value)).decode(),
    "int": signed,
    "bool": lambda value: signed(value) != 0,
    "double": double,
    "time": lambda value: _moment(value, stamp),
    "microtime": lambda value: _moment(value, micro_stamp),
    "duration": _duration,
    "quantity": lambda value: text(dict(fields(chunk(value))).get(1, b"")),
    "int-or-string": _int_or_string,
    "raw": _raw,
}
