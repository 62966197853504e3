"""The words of an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class CelSyntaxError(ValueError):
    """An expression that is not CEL, or uses what is not supported here."""


class Token(NamedTuple):
    """One word: its sort, and its text."""

    sort: str
    text: str


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<double>\d+\.\d+(?:[eE][-+]?\d+)?)
    |(?P<int>0x[0-9a-fA-F]+|\d+)u?
    |(?P<raw>[rR](?:'[^']*'|"[^"]*"))
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]{}])
    |(?P<end>$)
    )""",
    re.VERBOSE,
)


def tokens(text: str) -> Iterator[Token]:
    """The words of an expression, and an `end`. Raises CelSyntaxError."""
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise CelSyntaxError(f"unexpected {text[position : position + 10]!r}")
        yield Token(match.lastgroup, match[match.lastgroup])
        if match.lastgroup == "end":
            return
        position = match.end()
