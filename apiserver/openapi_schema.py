"""The OpenAPI schema of a built-in type, from its node."""

from __future__ import annotations

from apiserver.schema import Node
from apiserver.value import Object

_TYPES = ("string", "integer", "number", "boolean", "object", "array")


def schema_object(node: Node, within: tuple[int, ...] = ()) -> Object:
    """A node as a schema. A type that holds itself, such as a schema in a CRD, ends after once."""
    schema = _scalar(node)
    if id(node.fields) in within:
        return schema
    below = (*within, id(node.fields)) if node.fields else within
    if node.fields:
        schema["properties"] = {
            name: schema_object(each, below) for name, each in sorted(node.fields.items())
        }
    if node.required:
        schema["required"] = list(node.required)
    if node.values is not None:
        schema["additionalProperties"] = schema_object(node.values, below)
    if node.items is not None:
        schema["items"] = schema_object(node.items, below)
    return schema | _extensions(node)


def _scalar(node: Node) -> Object:
    schema: Object = {}
    if node.type in _TYPES:
        schema["type"] = node.type
    elif node.format == "quantity":
        schema["type"] = "string"
    if node.format:
        schema["format"] = node.format
    return schema


def _extensions(node: Node) -> Object:
    found: Object = {}
    if node.type == "array":
        found["x-kubernetes-list-type"] = node.list_type
        if node.keys:
            found["x-kubernetes-list-map-keys"] = list(node.keys)
    if node.atomic:
        found["x-kubernetes-map-type"] = "atomic"
    if node.merge_key:
        found["x-kubernetes-patch-merge-key"] = node.merge_key
    if node.patch_strategy:
        found["x-kubernetes-patch-strategy"] = ",".join(node.patch_strategy)
    return found
