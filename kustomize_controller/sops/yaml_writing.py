"""YAML as SOPS writes it: four blanks a level, lists indented, comments on own lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kustomize_controller.sops.value import Branch, Branches, Comment, SopsProblem, Timestamp
from shared.manifest.scalar_text import block, key_text, number_text, one_line

_STEP = 4


def emitted(branches: Branches) -> bytes:
    """Documents as a file. Raises SopsProblem for what YAML cannot hold."""
    try:
        texts = ["\n".join(_document(branch)) + "\n" for branch in branches]
        return "---\n".join(texts).encode()
    except (ValueError, RecursionError):
        raise SopsProblem("cannot be written as YAML") from None


def _document(branch: Branch) -> Iterator[str]:
    yield from (
        _branch(branch, 0)
        if any(not isinstance(key, Comment) for key in branch)
        else (
            *_remarks(branch, 0),
            "{}",
        )
    )


def _branch(branch: Branch, column: int) -> Iterator[str]:
    pad = " " * column
    for key, value in branch.items():
        if isinstance(key, Comment):
            yield from _remark(key, column)
        elif _nests(value):
            yield f"{pad}{key_text(key)}:"
            yield from _nested(value, _deeper(column))
        else:
            yield f"{pad}{key_text(key)}: {_inline(value, _deeper(column))}"


def _items(items: list[object], column: int) -> Iterator[str]:
    pad = " " * column
    for item in items:
        if isinstance(item, Comment):
            yield from _remark(item, column)
        elif _nests(item):
            first, *rest = _nested(item, column + 2)
            yield f"{pad}- {first[column + 2 :]}"
            yield from rest
        else:
            yield f"{pad}- {_inline(item, column + 2)}"


def _nested(value: object, column: int) -> Iterator[str]:
    if isinstance(value, dict):
        return _branch(value, column)
    return _items(value if isinstance(value, list) else [], column)


def _nests(value: object) -> bool:
    return isinstance(value, dict | list) and any(not isinstance(one, Comment) for one in value)


def _deeper(column: int) -> int:
    """The next level: a multiple of the step, also from within a list."""
    return _STEP * ((column + _STEP) // _STEP)


def _remarks(branch: Branch, column: int) -> Iterator[str]:
    for key in branch:
        if isinstance(key, Comment):
            yield from _remark(key, column)


def _remark(comment: Comment, column: int) -> Iterator[str]:
    return (f"{' ' * column}#{line}" for line in comment.text.split("\n"))


def _inline(value: object, column: int) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case Timestamp():
            return str(value)
        case str():
            return _text(value, column)
    return "{}" if isinstance(value, dict) else "[]"


def _text(text: str, column: int) -> str:
    as_block = block(text, column) if "\n" in text else None
    if as_block is None:
        return one_line(text)
    # The sign that the text itself begins with blanks counts the blanks of a level.
    return as_block.replace("|2", f"|{_STEP}", 1) if as_block.startswith("|2") else as_block
