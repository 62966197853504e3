"""Fields that a kind does not have: taken out, and told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from apiserver.schema import ANYTHING, Node
from apiserver.value import Object


def prune(content: object, node: Node, path: str = "") -> Iterator[str]:
    """Take unknown fields out of the content, which is changed. Yields the path of each."""
    if isinstance(content, dict):
        yield from _prune_map(cast("Object", content), node, path)
    elif isinstance(content, list) and node.items is not None:
        for index, item in enumerate(content):
            yield from prune(item, node.items, f"{path}[{index}]")


def _prune_map(content: Object, node: Node, path: str) -> Iterator[str]:
    for key in list(content):
        below = f"{path}.{key}" if path else key
        found = node.fields.get(key, node.values)
        if found is not None:
            yield from prune(content[key], found, below)
        elif not _keeps_unknown(node):
            del content[key]
            yield below


def _keeps_unknown(node: Node) -> bool:
    """Whether fields that are not declared stay. Unlike for ownership, it is not inherited: below
    a free map each declared field is held to its own type."""
    if node is ANYTHING or node.preserve:
        return True
    if not node.source:
        return node.free
    more = node.source.get("additionalProperties")
    return more is True or more == {}
