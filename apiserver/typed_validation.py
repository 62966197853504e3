"""Whether a value has the type that its schema says, as far as merging needs to know.

This is what server-side apply checks before it merges, with the messages of structured-merge-diff
v6. It is not validation of custom resources: that has its own rules and its own words.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from apiserver.go_text import literal, plain, type_name
from apiserver.path_element import path_text
from apiserver.schema import ANYTHING, Node
from apiserver.typed_item import NoElement, element_of
from apiserver.typed_value import is_number


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not of its type: `path` as conflicts print it, and what is wrong."""

    path: str
    message: str

    def __str__(self) -> str:
        """Say it as the API server does."""
        return f"{self.path}: {self.message}" if self.path else self.message


def mismatches(value: object, node: Node, *, duplicates: bool) -> Iterator[Mismatch]:
    """Go through what is wrong with `value`.

    `duplicates`: a list that merges may hold an item twice, as a stored one can.
    """
    form = node.form_of(value)
    if value is None:
        return
    if form == "scalar":
        yield from _in_scalar(value, node)
    elif form == "map" and isinstance(value, dict):
        yield from _in_map(value, node, duplicates)
    elif form == "list" and isinstance(value, list):
        yield from _in_list(value, node, duplicates)
    else:
        yield Mismatch("", f"expected {form}, got &{{{plain(value)}}}")


def _in_map(value: dict[str, object], node: Node, duplicates: bool) -> Iterator[Mismatch]:
    for key, inner in value.items():
        type_ = node.at(key)
        if type_ is None:
            yield Mismatch(f".{key}", "field not declared in schema")
        elif type_ is not ANYTHING:
            yield from _below(f".{key}", mismatches(inner, type_, duplicates=duplicates))


def _in_list(value: list[object], node: Node, duplicates: bool) -> Iterator[Mismatch]:
    seen: set[str] = set()
    for index, item in enumerate(value):
        try:
            element = f"i:{index}" if node.list_type == "atomic" else element_of(node, item)
        except NoElement as problem:
            yield Mismatch("", f"element {index}: {problem}")
            return
        if element in seen and not duplicates:
            yield Mismatch("", f"duplicate entries for key {path_text([element])}")
        seen.add(element)
        inner = mismatches(item, node.items or ANYTHING, duplicates=duplicates)
        yield from _below(path_text([element]), inner)


def _below(prefix: str, found: Iterator[Mismatch]) -> Iterator[Mismatch]:
    for mismatch in found:
        yield Mismatch(prefix + mismatch.path, mismatch.message)


def _in_scalar(value: object, node: Node) -> Iterator[Mismatch]:
    if node.type in ("integer", "number"):
        if not is_number(value):
            yield Mismatch("", f"expected numeric (int or float), got {type_name(value)}")
    elif node.type == "boolean":
        if not isinstance(value, bool):
            yield Mismatch("", f"expected boolean, got &{{{plain(value)}}}")
    elif node.type == "string" and node.format in ("", "byte"):
        if not isinstance(value, str):
            inner = literal(value)
            yield Mismatch("", f"expected string, got &value.valueUnstructured{{Value:{inner}}}")
    elif isinstance(value, dict | list):
        yield Mismatch("", f"expected any scalar, got &{{{plain(value)}}}")
