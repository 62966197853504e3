"""JSON patches (RFC 6902) by the rules of the Go library that kustomize uses.

`replace` of a key that is missing adds it; negative indices count from the end; numbers pass
through double precision, those of the patched object too.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple, cast

from kustomize.bound import MOST_COPIED, Budget, size
from kustomize.configuration_file import read_first
from kustomize.problem import BuildError
from kustomize.scalar import copied
from shared.manifest.identity import Manifest, text

MOST_OPERATIONS = 10_000

_INDEX = re.compile(r"[+-]?[0-9]+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:\\u([0-9a-fA-F]{4}))?|.)", re.DOTALL)
Changes = list[tuple[int, int]]
"""Numbers, and what double precision has made of them."""
Container = dict[str, object] | list[object]


class Operation(NamedTuple):
    """One step of a patch."""

    op: str
    path: str
    source: str
    value: object


def operations_of(patch: str, where: str) -> tuple[Operation, ...]:
    """The operations of a patch, written as JSON or YAML. Raises BuildError for anything else."""
    # What begins as a list of JSON is JSON: there two escapes may stand for one character.
    patch = _ESCAPE.sub(_character, patch) if patch.startswith("[") else patch
    given = read_first(patch.encode(), where)
    if given is None:
        return ()
    if not isinstance(given, list):
        raise BuildError(
            f'decoding "{patch[:80]}": json: cannot unmarshal into a JSON patch',
            path=where,
        )
    if len(given) > MOST_OPERATIONS:
        raise BuildError(f"has more than {MOST_OPERATIONS} operations", path=where)
    return tuple(_operation(each, where) for each in given)


def _character(escape: re.Match[str]) -> str:
    """What YAML cannot read of JSON's escapes, as YAML can: halves of characters. As in Go, a half
    alone is a broken character."""
    halves = [int(half, 16) for half in escape.groups() if half]
    if not any(0xD800 <= half <= 0xDFFF for half in halves):
        return escape[0]
    text = b"".join(half.to_bytes(2, "big") for half in halves).decode("utf-16-be", "replace")
    return "".join(f"\\U{ord(char):08x}" for char in text)


def _operation(given: object, where: str) -> Operation:
    if not isinstance(given, dict):
        raise BuildError("json: cannot unmarshal into a JSON patch operation", path=where)
    return Operation(
        text(given, "op"), text(given, "path"), text(given, "from"), given.get("value")
    )


def patched(
    manifest: Manifest, operations: tuple[Operation, ...], changes: Changes | None = None
) -> Manifest:
    """The manifest (plain, and changed by this) with all operations done. Raises BuildError that
    names the operation and its path. `changes` takes the numbers that lose their precision."""
    document = cast("Manifest", in_double_precision(manifest, changes))
    budget = Budget(MOST_COPIED, "an object with its copies")
    for operation in operations:
        value = copied(operation.value)
        if operation.op == "copy":
            value = copied(_found(document, operation.source, "copy", "from path"))
            budget.spend(size(value))
        document = _done(document, operation, in_double_precision(value, changes))
    return document


def _done(document: Manifest, operation: Operation, value: object) -> Manifest:
    op, path = operation.op, operation.path
    if op in ("add", "copy"):
        return _added(document, path, value, op)
    if op == "replace":
        return _replaced(document, path, value)
    if op == "remove":
        _removed(document, path, "remove")
    elif op == "move":
        moved = _removed(document, operation.source, "move")
        return _added(document, path, moved, "move")
    elif op == "test":
        _test(document, path, value)
    else:
        raise BuildError(f"Unexpected kind: {op}")
    return document


def _added(document: Manifest, path: str, value: object, op: str) -> Manifest:
    holder, key = _holder(document, path, op)
    if isinstance(holder, dict):
        holder[key] = value
        return document
    if key == "-":
        holder.append(value)
        return document
    index = _index(key, len(holder) + 1, path, op)
    holder.insert(index, value)
    return document


def _replaced(document: Manifest, path: str, value: object) -> Manifest:
    if path == "":
        return _as_document(value)
    holder, key = _holder(document, path, "replace")
    if isinstance(holder, dict):
        holder[key] = value
    else:
        holder[_index(key, len(holder), path, "replace")] = value
    return document


def _as_document(value: object) -> Manifest:
    if not isinstance(value, dict):
        raise BuildError("a JSON patch must leave an object")
    return cast("Manifest", value)


def _removed(document: Manifest, path: str, op: str) -> object:
    holder, key = _holder(document, path, op)
    if isinstance(holder, list):
        return holder.pop(_index(key, len(holder), path, op))
    if key not in holder:
        raise BuildError(
            f"{op} operation does not apply: Unable to remove nonexistent key: {key}: missing value"
        )
    return holder.pop(key)


def _test(document: Manifest, path: str, value: object) -> None:
    found = _found(document, path, "test", "path") if path else document
    if found != value or _shape(found) != _shape(value):
        raise BuildError(f"testing value {path} failed: test failed")


def _shape(value: object) -> type:
    return bool if isinstance(value, bool) else object


def _found(document: Manifest, path: str, op: str, place: str) -> object:
    """What is there; None for a key that nothing has."""
    holder, key = _holder(document, path, op, place)
    if isinstance(holder, list):
        return holder[_index(key, len(holder), path, op)]
    return holder.get(key)


def _holder(document: Manifest, path: str, op: str, place: str = "path") -> tuple[Container, str]:
    """The mapping or list that the last part of a path is in, and that part. What stands before
    the first slash does not count."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    if len(parts) < 2:
        raise _no_path(path, op, place)
    node: object = document
    for part in parts[1:-1]:
        if isinstance(node, list) and _INDEX.fullmatch(part):
            node = node[_index(part, len(node), path, op)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            raise _no_path(path, op, place)
    if not isinstance(node, dict | list):
        raise _no_path(path, op, place)
    return node, parts[-1]


def _no_path(path: str, op: str, place: str) -> BuildError:
    return BuildError(
        f'{op} operation does not apply: doc is missing {place}: "{path}": missing value'
    )


def _index(part: str, length: int, path: str, op: str) -> int:
    if not _INDEX.fullmatch(part) or len(part) > 9:
        raise BuildError(f"error in {op} for path: '{path}': {part} is not an index of a list")
    index = int(part)
    if not -length <= index < length:
        raise BuildError(
            f"error in {op} for path: '{path}': Unable to access invalid index: {index}: "
            "invalid index referenced"
        )
    return index + length if index < 0 else index


def in_double_precision(value: object, changes: Changes | None = None) -> object:
    """Numbers as they are after Go has read them as float64 and printed them in full."""
    if type(value) is dict:
        for key, item in value.items():
            if type(item) is not str:
                value[key] = in_double_precision(item, changes)
    elif type(value) is list:
        value[:] = [in_double_precision(item, changes) for item in value]
    elif type(value) is int and abs(value) > 1 << 53:
        new = int(Decimal(repr(float(value))))
        if changes is not None and new != value:
            changes.append((value, new))
        return new
    return value
