"""JSON files as SOPS reads and writes them, and binary files, which it keeps in JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from kustomize_controller.sops.value import Branches, Comment, SopsProblem

_ESCAPED = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_DEEPEST = 200


def loaded(text: bytes) -> Branches:
    """The object of a file, as the only document. Raises SopsProblem for what is none."""
    try:
        found = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        raise SopsProblem("is no JSON") from None
    if not isinstance(found, dict):
        raise SopsProblem("is no JSON object")
    return [found]


def emitted(branches: Branches) -> bytes:
    """The object as a file, indented by tabs, as Go writes it."""
    (branch,) = _one(branches)
    text = "".join(_written(branch, 0)) + "\n"
    return text.encode("utf-8", "surrogateescape")


def binary(branches: Branches) -> bytes:
    """What a binary file was before it was encrypted. Raises SopsProblem where it was none."""
    (branch,) = _one(branches)
    data = branch.get("data")
    if not isinstance(data, str):
        raise SopsProblem("holds no binary data: its name says nothing of its format")
    return data.encode("utf-8", "surrogateescape")


def _one(branches: Branches) -> Branches:
    if len(branches) != 1:
        raise SopsProblem(f"holds {len(branches)} documents, and may hold one")
    return branches


def _written(value: object, level: int) -> Iterator[str]:
    if level > _DEEPEST:
        raise SopsProblem("is nested too deep")
    if isinstance(value, dict):
        entries = [
            [f"{_string(key)}: ", *_written(item, level + 1)]
            for key, item in value.items()
            if not isinstance(key, Comment)
        ]
        yield from _enclosed("{", entries, "}", level)
    elif isinstance(value, list):
        items = [list(_written(i, level + 1)) for i in value if not isinstance(i, Comment)]
        yield from _enclosed("[", items, "]", level)
    else:
        yield _leaf(value)


def _enclosed(begin: str, entries: list[list[str]], end: str, level: int) -> Iterator[str]:
    yield begin
    for number, entry in enumerate(entries):
        yield ("," if number else "") + "\n" + "\t" * (level + 1)
        yield from entry
    yield ("\n" + "\t" * level if entries else "") + end


def _leaf(value: object) -> str:
    match value:
        case str():
            return _string(value)
        case float():
            return _number(value)
        case _:
            return json.dumps(value)


def _string(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return "".join(_ESCAPED.get(char, char) for char in written)


def _number(value: float) -> str:
    """As Go's encoding/json: without an exponent from 1e-6 up to 1e21."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        text = f"{Decimal(repr(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(value).replace("e-0", "e-").removesuffix(".0")
