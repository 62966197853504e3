"""JSON patch (RFC 6902), as the API server carries it out."""

from __future__ import annotations

from typing import cast

import orjson

from apiserver.refusal import Refusal, bad_request, rejected_patch
from apiserver.value import Object, encode, same, text

MAX_OPERATIONS = 10_000

MAX_COPIED = 3 * 1024 * 1024
"""The most bytes that all copies of a patch may add: forty short lines could ask for terabytes."""


def undecodable(patch: object, wanted: str) -> Refusal:
    """The refusal of a patch of another JSON type, in Go's words."""
    found = {dict: "object", list: "array", str: "string", bool: "bool"}.get(type(patch), "number")
    return bad_request(
        f"error decoding patch: json: cannot unmarshal {found} into Go value of type {wanted}"
    )


def apply(document: Object, operations: object) -> Object:
    """Carry out the operations on a document, which is changed; null is none. Raises a 400, 413
    or 422."""
    if operations is None:
        return document
    if not isinstance(operations, list):
        raise undecodable(operations, "[]handlers.jsonPatchOp")
    if len(operations) > MAX_OPERATIONS:
        why = (
            f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(operations)}"
        )
        raise Refusal(413, "RequestEntityTooLarge", f"Request entity too large: {why}")
    holder: Object = {"": document}
    copies = _Copies()
    for operation in operations:
        if not isinstance(operation, dict):
            raise bad_request("an operation of a JSON patch must be an object")
        _carry_out(holder, cast("Object", operation), copies)
    result = holder.get("")
    if not isinstance(result, dict):
        raise rejected_patch()
    return cast("Object", result)


class _Copies:
    """The copies that one patch makes."""

    def __init__(self) -> None:
        self._size = 0

    def of(self, value: object) -> object:
        """A copy. Raises a 422 where all of them together are too big."""
        data = encode(value)
        self._size += len(data)
        if self._size > MAX_COPIED:
            raise rejected_patch()
        return cast("object", orjson.loads(data))


def _carry_out(holder: Object, operation: Object, copies: _Copies) -> None:
    path = _pointer(operation, "path")
    match text(operation, "op"):
        case "add":
            _add(holder, path, _value(operation))
        case "remove":
            _remove(holder, path)
        case "replace":
            _found(holder, path)
            _replace(holder, path, _value(operation))
        case "move":
            _add(holder, path, _remove(holder, _pointer(operation, "from")))
        case "copy":
            _add(holder, path, copies.of(_found(holder, _pointer(operation, "from"))))
        case "test":
            _test(holder, path, operation)
        case _:
            raise rejected_patch()


def _pointer(operation: Object, key: str) -> list[str]:
    """A JSON pointer as steps below the holder. Raises a 422."""
    pointer = operation.get(key)
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise rejected_patch()
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")]


def _value(operation: Object) -> object:
    return operation.get("value")


def _step(value: object, step: str) -> object:
    if isinstance(value, dict) and step in value:
        return cast("object", value[step])
    if isinstance(value, list):
        return cast("object", value[_index(value, step)])
    raise rejected_patch()


def _index(value: list[object], step: str, *, room: int = 0) -> int:
    """The position that a step names; `room` is 1 where one past the end is meant too."""
    digits = step.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        raise rejected_patch()
    index = int(step)
    # The server's library counts negative positions from the end.
    position = index + len(value) + room if index < 0 else index
    if not 0 <= position < len(value) + room:
        raise rejected_patch()
    return position


def _get(holder: Object, path: list[str]) -> object:
    value: object = holder
    for step in path:
        value = _step(value, step)
    return value


def _found(holder: Object, path: list[str]) -> object:
    """What is there, or null: the server's library copies and replaces what a map has not, too."""
    parent = _get(holder, path[:-1])
    return parent.get(path[-1]) if isinstance(parent, dict) else _step(parent, path[-1])


def _add(holder: Object, path: list[str], value: object) -> None:
    parent, last = _get(holder, path[:-1]), path[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        position = len(parent) if last == "-" else _index(parent, last, room=1)
        parent.insert(position, value)
    else:
        raise rejected_patch()


def _replace(holder: Object, path: list[str], value: object) -> None:
    parent, last = _get(holder, path[:-1]), path[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        parent[_index(parent, last)] = value


def _remove(holder: Object, path: list[str]) -> object:
    parent, last = _get(holder, path[:-1]), path[-1]
    found = _step(parent, last)
    if isinstance(parent, dict):
        del parent[last]
    elif isinstance(parent, list):
        del parent[_index(parent, last)]
    return found


def _test(holder: Object, path: list[str], operation: Object) -> None:
    wanted = operation.get("value")
    try:
        found = _get(holder, path)
    except Refusal:
        # A test for null is met by what is not there.
        if wanted is None:
            return
        raise
    if not same(found, wanted):
        raise rejected_patch()
