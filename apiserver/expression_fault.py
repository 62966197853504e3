"""What the engine says of an expression that does not compile, as cel-go says it.

Both draw the place below a sentence. They differ in few words, and in where a name begins that
nobody has declared.
"""

from __future__ import annotations

import re

_FAULT = re.compile(
    r"ERROR: <input>:(?P<line>-?\d+):(?P<column>-?\d+): (?P<words>[^\n]*)"
    r"(?:\n \| (?P<source>[^\n]*)\n \| \.*\^)?"
)
_UNDECLARED = re.compile(r"undeclared reference to '(\w+)(\.[\w.]+)'")
_OVERLOAD = re.compile(r"found no matching overload for '([a-zA-Z]\w*)' applied to '\((.*)\)'")
_STRUCT = re.compile(r"(undefined field '[^']*') not found in struct '[^']*'")


def told_as_in_go(message: str, *, line_shift: int) -> str:
    """Every fault of a message in cel-go's words, in the order of their places. `line_shift`: lines
    that were put before the expression."""
    found = [_told(fault, line_shift) for fault in _FAULT.finditer(message)]
    return "\n".join(told for _, _, told in sorted(found)) or message


def _told(found: re.Match[str], line_shift: int) -> tuple[int, int, str]:
    column, source = int(found["column"]), found["source"]
    words = _STRUCT.sub(r"\1", found["words"])
    if undeclared := _UNDECLARED.search(words):
        name, rest = undeclared.groups()
        column -= len(name) + rest.rfind(".")
        words = _UNDECLARED.sub(f"undeclared reference to '{name}'", words)
    words = _OVERLOAD.sub(lambda call: _call(call, (source or "")[: max(column - 1, 0)]), words)
    line = int(found["line"]) - line_shift
    told = f"ERROR: <input>:{line}:{column}: {words}"
    drawn = "" if source is None else f"\n | {source}\n | {'.' * (column - 1)}^"
    return line, column, told + drawn


def _call(found: re.Match[str], before: str) -> str:
    """A method is told with its object in front of the brackets."""
    name, types = found.groups()
    if not re.search(rf"\.\s*{name}\s*$", before):
        return found.group()
    first, rest = _split(types)
    return f"found no matching overload for '{name}' applied to '{first}.({rest})'"


def _split(types: str) -> tuple[str, str]:
    """The first of some types, and the others."""
    depth = 0
    for index, letter in enumerate(types):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            return types[:index], types[index + 1 :].strip()
    return types, ""
