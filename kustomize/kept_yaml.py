"""YAML written again with other values, but with the comments, quotes and order that it had.

Like Go's yaml.v3 as kustomize uses it: two blanks a level, lists not indented, flow collections on
one line, comments where they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import yaml

from kustomize.scalar import spelled, text_of
from shared.manifest.resolution import resolved
from shared.manifest.scalar_text import block, one_line, written

_TAGS: dict[type, str] = {bool: "!!bool", float: "!!float"}
_COMMENT = re.compile(r"\s+(#.*)$")


class Misfit(str):
    """A text in the place of a value of another type, which its tag still claims."""

    tag: str

    def __new__(cls, text: str, old: object) -> Misfit:
        """`text` in the place of `old`."""
        made = super().__new__(cls, text)
        made.tag = _TAGS.get(type(old), "!!int")
        return made


def rewritten(text: str, value: object) -> str:
    """The document `text` with `value` in its place, without a line break at the end.

    The text has been parsed before, so it is YAML and not nested too deep.
    """
    node = yaml.compose(str(text), Loader=yaml.CSafeLoader)
    return "\n".join(_Writer(text).lines(value, node)).strip()


class _Writer:
    """Writes values in the manner of the nodes they were made of."""

    def __init__(self, text: str) -> None:
        self._source = text.splitlines()
        self._told: set[int] = set()

    def lines(self, value: object, node: yaml.Node | None) -> list[str]:
        """The lines of a document."""
        if isinstance(value, dict | list) and value and not _in_flow(node):
            body = list(self._collection(value, node, 0))
        else:
            body = [self._inline(value, node, 0)]
        return [*body, *self._comments(len(self._source), 0)]

    def _collection(self, value: object, node: yaml.Node | None, column: int) -> Iterator[str]:
        if isinstance(value, dict):
            yield from self._mapping(cast("dict[str, object]", value), node, column)
        else:
            yield from self._sequence(cast("list[object]", value), node, column)

    def _mapping(
        self, value: dict[str, object], node: yaml.Node | None, column: int
    ) -> Iterator[str]:
        nodes = _by_key(node)
        pad = " " * column
        for key, item in value.items():
            key_node, item_node = nodes.get(key, (None, None))
            yield from self._before(key_node, column)
            name = self._scalar(key, key_node)
            nested = isinstance(item, dict | list) and item and not _in_flow(item_node)
            if nested:
                yield f"{pad}{name}:{self._behind(key_node)}"
                deeper = column if isinstance(item, list) else column + 2
                yield from self._collection(item, item_node, deeper)
            else:
                text = self._inline(item, item_node, column + 2)
                yield f"{pad}{name}:{f' {text}' if text else ''}{self._behind(item_node)}"

    def _sequence(self, value: list[object], node: yaml.Node | None, column: int) -> Iterator[str]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else []
        pad = " " * column
        for index, item in enumerate(value):
            item_node = nodes[index] if index < len(nodes) else None
            yield from self._before(item_node, column)
            if isinstance(item, dict | list) and item and not _in_flow(item_node):
                first, *rest = self._collection(item, item_node, column + 2)
                yield f"{pad}- {first[column + 2 :]}"
                yield from rest
            else:
                text = self._inline(item, item_node, column + 2)
                yield f"{pad}- {text}{self._behind(item_node)}".rstrip()

    def _inline(self, value: object, node: yaml.Node | None, column: int) -> str:
        if isinstance(value, dict):
            nodes = _by_key(node)
            entries = ", ".join(
                f"{self._scalar(key, nodes.get(key, (None, None))[0])}: "
                f"{self._inline(item, nodes.get(key, (None, None))[1], column)}"
                for key, item in value.items()
            )
            return f"{{{entries}}}"
        if isinstance(value, list):
            nodes = node.value if isinstance(node, yaml.SequenceNode) else []
            entries = ", ".join(
                self._inline(item, nodes[at] if at < len(nodes) else None, column)
                for at, item in enumerate(value)
            )
            return f"[{entries}]"
        return self._scalar(value, node, column)

    def _scalar(self, value: object, node: yaml.Node | None, column: int = 0) -> str:
        if isinstance(value, Misfit):
            return f"{value.tag} {written(str(value), quoted=False)}"
        text = text_of(value)
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        if style == '"':
            return one_line(f"\n{text}").replace("\\n", "", 1)
        if style == "'":
            return "'" + text.replace("'", "''") + "'"
        if style in ("|", ">"):
            return block(text, column) or one_line(text)
        if isinstance(node, yaml.ScalarNode) and not isinstance(value, str):
            return node.value if spelled(node.value) == value else text
        if isinstance(value, str):
            as_block = block(text, column) if "\n" in text else None
            return as_block or written(text, quoted=not isinstance(resolved(text), str))
        return text

    def _before(self, node: yaml.Node | None, column: int) -> Iterator[str]:
        if node is not None:
            yield from self._comments(node.start_mark.line, column)

    def _comments(self, line: int, column: int) -> list[str]:
        """The comments on the lines right before a line, and blank lines between them."""
        found: list[str] = []
        at = line - 1
        while 0 <= at < len(self._source) and at not in self._told:
            stripped = self._source[at].strip()
            if stripped and not stripped.startswith("#"):
                break
            if stripped:
                found.append(" " * column + stripped)
            self._told.add(at)
            at -= 1
        return found[::-1]

    def _behind(self, node: yaml.Node | None) -> str:
        """The comment behind a value on its line."""
        if node is None or node.end_mark.line >= len(self._source):
            return ""
        found = _COMMENT.match(self._source[node.end_mark.line][node.end_mark.column :].lstrip(":"))
        return f" {found[1]}" if found else ""


def _in_flow(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _by_key(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: (key, item) for key, item in node.value if isinstance(key.value, str)}
