"""From a client's object to one of its kind: unknown fields go, wrong types are refused, a custom
resource gets its defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from apiserver import defaulting
from apiserver.pruning import prune
from apiserver.refusal import Refusal, bad_request
from apiserver.resource import Resource
from apiserver.schema import ANYTHING, Node
from apiserver.value import Object


def decode(content: Object, resource: Resource, validation: str) -> list[str]:
    """Bring the content into its kind's shape; it is changed. Answers warnings. Raises a 400 for
    unknown fields where `validation` is Strict, and for a wrong type of what Go has a type for."""
    if resource.is_custom:
        metadata = resource.schema.root.fields.get("metadata", ANYTHING)
        _refuse_wrong_types(content.get("metadata"), resource, metadata, "ObjectMeta")
    else:
        _refuse_wrong_types(content, resource, resource.schema.root, resource.kind)
    unknown = [f'unknown field "{path}"' for path in prune(content, resource.schema.root)]
    if unknown and validation == "Strict":
        raise _undecodable(resource, f"strict decoding error: {', '.join(unknown)}")
    if resource.is_custom:
        defaulting.fill(content, resource.schema.root)
    return unknown if validation == "Warn" else []


def _undecodable(resource: Resource, why: str) -> Refusal:
    return bad_request(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a '
        f"{resource.kind}: {why}"
    )


def _refuse_wrong_types(content: object, resource: Resource, node: Node, name: str) -> None:
    for path, found, wanted in mistyped(content, node, ""):
        why = f"json: cannot unmarshal {found} into Go struct field {name}{path} of type {wanted}"
        raise _undecodable(resource, why)


_GO_TYPES = {"boolean": "bool", "integer": "int32", "number": "float64", "array": "slice",
    "object": "map[string]interface {}"}  # fmt: skip
_NAMES = {str: "string", bool: "bool", int: "number", float: "number", list: "array",
    dict: "object"}  # fmt: skip


def mistyped(value: object, node: Node, path: str) -> Iterator[tuple[str, str, str]]:
    """Values of a wrong JSON type: path, what it is, what it should be."""
    if value is None:
        return
    wanted = node.type
    if wanted and not _fits(value, wanted, node.format):
        yield path, _NAMES[type(value)], _GO_TYPES.get(wanted, wanted)
    elif isinstance(value, dict):
        for key, below in cast("Object", value).items():
            # Go tells the field that holds a map, not the key within.
            where = f"{path}.{key}" if key in node.fields else path
            if (found := node.fields.get(key, node.values)) is not None:
                yield from mistyped(below, found, where)
    elif isinstance(value, list) and node.items is not None:
        for each in value:
            yield from mistyped(each, node.items, path)


def _fits(value: object, wanted: str, form: str) -> bool:
    match wanted:
        case "string":
            # Quantities and int-or-string are strings to OpenAPI and numbers to many people.
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return isinstance(value, str) or (is_number and form in ("int-or-string", "quantity"))
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
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
