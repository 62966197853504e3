"""From the text of a label selector to its requirements.

Behaviour: apimachinery's labels.Parse, its error texts too.
"""

from __future__ import annotations

import re

from apiserver import naming
from apiserver.refusal import bad_request
from apiserver.requirement import Requirement
from apiserver.value import encode

_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_SIGNS = frozenset({"==", "!=", "=", "!", "<", ">", "(", ")", ",", ""})
_COMPARISONS = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}
MOST_TOKENS = 100_000
"""A URL has no room for more."""


class _Wrong(ValueError):
    """Something that does not belong where it stands."""


def parse_labels(selector: str) -> tuple[Requirement, ...]:
    """`app=a,tier in (x,y),!legacy` → requirements. Raises a 400 where it cannot be read."""
    try:
        return tuple(_Parser(selector).requirements())
    except _Wrong as error:
        raise bad_request(str(error)) from error


class _Parser:
    """Reads one selector, a token at a time; the empty token is the end."""

    def __init__(self, selector: str) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(selector.rstrip())]
        self._tokens.reverse()

    def requirements(self) -> list[Requirement]:
        """All requirements. Raises _Wrong."""
        found: list[Requirement] = []
        while token := self._peek():
            if token in _SIGNS and token != "!":
                raise _Wrong(f"found '{token}', expected: !, identifier, or 'end of string'")
            try:
                found.append(self._requirement())
            except _Wrong as error:
                raise _Wrong(f"unable to parse requirement: {error}") from error
            self._separator()
        return found

    def _separator(self) -> None:
        token = self._next()
        if token not in (",", ""):
            raise _Wrong(f"found '{token}', expected: ',' or 'end of string'")
        following = self._peek()
        if token == "," and following in _SIGNS and following != "!":
            raise _Wrong(f"found '{following}', expected: identifier after ','")

    def _requirement(self) -> Requirement:
        is_absent = self._peek() == "!"
        if is_absent:
            self._next()
        key = self._next()
        if key in _SIGNS:
            raise _Wrong(f"found '{key}', expected: identifier")
        if faults := naming.key(key):
            raise _Wrong(f"<nil>: Invalid value: {encode(key).decode()}: {'; '.join(faults)}")
        if is_absent or self._peek() in ("", ","):
            return Requirement(key, "absent" if is_absent else "exists")
        return self._comparison(key)

    def _comparison(self, key: str) -> Requirement:
        operator = self._next()
        if operator in ("in", "notin"):
            return _checked(Requirement(key, operator, tuple(self._list())))
        if operator not in _COMPARISONS:
            raise _Wrong(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")
        value = "" if self._peek() in ("", ",") else self._next()
        if value in _SIGNS and value:
            raise _Wrong(f"found '{value}', expected: identifier")
        return _checked(Requirement(key, _COMPARISONS[operator], (value,)))

    def _list(self) -> set[str]:
        token = self._next()
        if token != "(":
            raise _Wrong(f"found '{token}' expected: '('")
        found: set[str] = set()
        word = ""
        while (token := self._next()) not in (")", ""):
            if token == ",":
                found.add(word)
                word = ""
            elif token in _SIGNS or word:
                raise _Wrong(f"found '{token}', expected: ',' or ')'")
            else:
                word = token
        if not token:
            raise _Wrong("found '', expected: ',' or ')'")
        return found | {word} if word or found else found

    def _peek(self) -> str:
        return self._tokens[-1] if self._tokens else ""

    def _next(self) -> str:
        return self._tokens.pop() if self._tokens else ""


def _checked(requirement: Requirement) -> Requirement:
    if requirement.operator in ("gt", "lt"):
        word = requirement.values[0]
        if not re.fullmatch(r"[-+]?\d+", word):
            why = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise _Wrong(f"values[0]: Invalid value: {encode(word).decode()}: {why}")
    for place, value in enumerate(requirement.values):
        if faults := naming.value(value):
            shown = encode(value).decode()
            told = f"values[{place}][{requirement.key}]: Invalid value: {shown}"
            raise _Wrong(f"{told}: {'; '.join(faults)}")
    return requirement
