"""Defaults of a custom resource's schema."""

from __future__ import annotations

from typing import cast

import orjson

from apiserver.schema import Node
from apiserver.typed_value import ABSENT
from apiserver.value import Object


def fill(content: object, node: Node) -> None:
    """Fill in what is missing and has a default, at every depth; the content is changed."""
    if isinstance(content, dict):
        _fill_map(cast("Object", content), node)
    elif isinstance(content, list) and node.items is not None:
        for item in content:
            fill(item, node.items)


def _fill_map(content: Object, node: Node) -> None:
    for name, below in node.fields.items():
        if _is_missing(content, name, below) and below.default is not ABSENT:
            content[name] = orjson.loads(orjson.dumps(below.default))
    for name, value in content.items():
        found = node.fields.get(name, node.values)
        if found is not None:
            fill(value, found)


def drop_nulls(content: object, node: Node) -> None:
    """Take out the nulls of declared fields for which null is no value."""
    if isinstance(content, list):
        for item in content:
            drop_nulls(item, node.items or node)
    if not isinstance(content, dict):
        return
    for name, below in node.fields.items():
        if name in content:
            if content[name] is None and below.source and not below.source.get("nullable"):
                del content[name]
            else:
                drop_nulls(content[name], below)


def _is_missing(content: Object, name: str, node: Node) -> bool:
    """Absent, or null where null is no value."""
    if name not in content:
        return True
    return content[name] is None and node.source.get("nullable") is not True
