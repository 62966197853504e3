"""From a client's object to one of its kind: unknown fields go, wrong types are refused, a custom
resource gets its defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from apiserver import defaulting
from apiserver.clock import moment_of
from apiserver.go_struct import drop_zeros
from apiserver.pruning import prune
from apiserver.quantity import QuantityError, worth_of
from apiserver.resource import Resource
from apiserver.schema import ANYTHING, Node
from apiserver.value import Object


class Undecodable(Exception):
    """An object that is not of its kind's shape; the message says what Go says of it."""


def decode(content: Object, resource: Resource, validation: str) -> list[str]:
    """Bring the content into its kind's shape; it is changed. Answers warnings. Raises Undecodable
    for unknown fields where `validation` is Strict, and for a wrong type of what Go has a type
    for."""
    if resource.is_custom:
        metadata = resource.schema.root.fields.get("metadata", ANYTHING)
        _refuse_wrong_types(content.get("metadata"), metadata, "ObjectMeta")
    else:
        _refuse_wrong_types(content, resource.schema.root, resource.kind)
        drop_zeros(content, resource.schema.root)
    unknown = [f'unknown field "{path}"' for path in prune(content, resource.schema.root)]
    if unknown and validation == "Strict":
        raise Undecodable(f"strict decoding error: {', '.join(unknown)}")
    if resource.is_custom:
        defaulting.fill(content, resource.schema.root)
    return unknown if validation == "Warn" else []


def _refuse_wrong_types(content: object, node: Node, name: str) -> None:
    for why in mistyped(content, node, name):
        raise Undecodable(why)


_GO_TYPES = {"boolean": "bool", "integer": "int32", "number": "float64", "array": "slice",
    "object": "map[string]interface {}"}  # fmt: skip
_EITHER = "intstr.IntOrString"
_NAMES = {str: "string", bool: "bool", int: "number", float: "number", list: "array",
    dict: "object"}  # fmt: skip


def mistyped(value: object, node: Node, path: str) -> Iterator[str]:
    """What Go cannot read of a value, in its words: JSON of a wrong type, and texts that are no
    quantity or not base64."""
    if value is None:
        return
    wanted = node.type
    if node.format == "int-or-string" and not isinstance(value, int | str):
        yield f"json: cannot unmarshal {_NAMES[type(value)]} into Go value of type {_EITHER}"
    elif wanted and not _fits(value, wanted, node.format):
        found, wanted = _NAMES[type(value)], _GO_TYPES.get(wanted, wanted)
        yield f"json: cannot unmarshal {found} into Go struct field {path} of type {wanted}"
    elif isinstance(value, dict):
        yield from _mistyped_fields(cast("Object", value), node, path)
    elif isinstance(value, list) and node.items is not None:
        for each in value:
            yield from mistyped(each, node.items, path)
    elif node.format in ("quantity", "byte", "date-time"):
        yield from _unreadable(value, node.format)


def _mistyped_fields(value: Object, node: Node, path: str) -> Iterator[str]:
    for key, below in value.items():
        # Go tells the field that holds a map, not the key within.
        where = f"{path}.{key}" if key in node.fields else path
        if (found := node.fields.get(key, node.values)) is not None:
            yield from mistyped(below, found, where)


def _unreadable(value: object, form: str) -> Iterator[str]:
    if form == "byte" and isinstance(value, str):
        if (place := base64_fault(value)) is not None:
            yield f"illegal base64 data at input byte {place}"
    elif form == "date-time":
        if isinstance(value, str) and moment_of(value) is None:
            layout = "2006-01-02T15:04:05Z07:00"
            yield f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"'
    elif form == "quantity":
        try:
            worth_of(value)
        except QuantityError:
            yield f"quantities must match the regular expression '{QUANTITIES}'"


QUANTITIES = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SIGN = re.compile(r"[A-Za-z0-9+/]")


def base64_fault(value: str) -> int | None:
    """Where Go's decoder stops; None where the text is base64. Line ends may be anywhere."""
    if _BASE64.fullmatch(value):
        return None
    signs = [(place, sign) for place, sign in enumerate(value) if sign not in "\r\n"]
    body = [each for each in signs if each[1] != "="]
    for place, sign in body:
        if not _SIGN.fullmatch(sign):
            return place
    padding = len(signs) - len(body)
    has_tail = all(sign == "=" for _, sign in signs[len(body) :])
    if len(signs) % 4 == 0 and padding <= 2 and has_tail:
        return None
    return len(value) if len(signs) % 4 else signs[len(body) - 1][0]


def _fits(value: object, wanted: str, form: str) -> bool:
    match wanted:
        case "string":
            # Quantities and int-or-string are strings to OpenAPI and numbers to many people.
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return isinstance(value, str) or (is_number and form in ("int-or-string", "quantity"))
        case "integer":
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            return is_whole and (form != "int32" or -(2**31) <= cast("int", value) < 2**31)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return True
