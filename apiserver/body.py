"""From the bytes of a request to an object, in bounded memory and time."""

from __future__ import annotations

from typing import cast

import orjson

from apiserver import document
from apiserver.refusal import Refusal, bad_request, unsupported_media
from apiserver.value import Object
from apiserver.wire import message

LIMIT = 3 * 1024 * 1024
"""The most bytes of a body: the real server's limit."""

MAX_DEPTH = 200
"""The deepest nesting: the deepest built-in schema, JSONSchemaProps in a CRD, stays far below."""

MAX_NODES = 2_000_000
"""The most values in a body, counted with every YAML alias written out."""

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"


def media_type(content_type: str) -> str:
    """`application/json; charset=utf-8` → `application/json`."""
    return content_type.partition(";")[0].strip().lower()


def parse(data: bytes, form: str) -> object:
    """The value of a body in JSON or YAML. Raises a 400 where it cannot be read or is too deep,
    and a 415 for another form."""
    if form in ("", JSON) or form.endswith("+json"):
        value = _json(data)
    elif form.endswith("yaml"):
        value = document.parse(data)
    else:
        raise unsupported_media((JSON, YAML, PROTOBUF))
    measure(value)
    return value


def parse_object(data: bytes, content_type: str) -> Object:
    """An object sent for create, update or apply."""
    form = media_type(content_type)
    value: object = message.parse(data) if form == PROTOBUF else parse(data, form)
    if value is None and data.strip():
        return {}
    if not isinstance(value, dict):
        raise bad_request("the body of the request is not an object")
    return cast("Object", value)


def _json(data: bytes) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"couldn't parse the body as JSON: {error}") from error


def measure(value: object) -> None:
    """Refuse what is nested too deeply or holds too much; level by level, so without recursion."""
    level, depth, nodes = [value], 0, 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > MAX_DEPTH:
            raise _excessive(f"is nested deeper than {MAX_DEPTH} levels")
        if nodes > MAX_NODES:
            raise _excessive(f"holds more than {MAX_NODES} values")
        level = _children(level, MAX_NODES - nodes)


def _children(level: list[object], room: int) -> list[object]:
    found: list[object] = []
    for value in level:
        if isinstance(value, dict):
            found.extend(value.values())
        elif isinstance(value, list):
            found.extend(value)
        if len(found) > room:
            raise _excessive(f"holds more than {MAX_NODES} values")
    return found


def _excessive(how: str) -> Refusal:
    return bad_request(f"the body of the request {how}")
