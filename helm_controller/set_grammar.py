"""The grammar of Helm's `--set` and its kin: `a.b[2].c=value,d={1,2}`. Pure.

Behaves as Helm's pkg/strvals does to the letter, its oddities included: what ends early after a
key or within an index sets nothing and is no error, `{}` is a list of one empty text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from helm_controller.number import Whole
from helm_controller.problem import HelmError
from shared.manifest.identity import Manifest

Mode = Literal["typed", "string", "json", "literal", "file"]
"""`--set`, `--set-string`, `--set-json`, `--set-literal`, `--set-file`."""
ReadFile = Callable[[str], str]
"""The text of a file by its path; raises HelmError where there is none."""

MOST_NESTED = 30
LARGEST_INDEX = 65536

_INTEGER = re.compile(r"[+-]?[0-9]+")
_RUNES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "0": Whole(0)}
# Whole numbers come from files and JSON, where Go reads them as fractions.
_GO_TYPES = {
    bool: "bool", Whole: "int64", int: "float64", float: "float64", str: "string",
    list: "[]interface {}", dict: "map[string]interface {}",
}  # fmt: skip


class _End(Exception):
    """The expression is over: what Go tells by io.EOF."""


def apply(into: Manifest, expression: str, mode: Mode, read: ReadFile | None = None) -> None:
    """Set what `expression` says, in place. `read` is needed for the mode `file`.

    Raises HelmError, in Helm's words, where the expression cannot be read or does not fit what is
    there already.
    """
    line = _Line(_Cursor(expression, escapes=mode != "literal"), mode, read)
    try:
        while True:
            line.key(into, 0)
    except _End:
        return


@dataclass(slots=True)
class _Cursor:
    """An expression, and how far it has been read. A backslash takes the next letter as it is."""

    text: str
    escapes: bool
    at: int = 0

    def peek(self) -> str:
        """The next letter, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def until(self, stops: str) -> tuple[str, str]:
        """What comes before the next of `stops`, and which one it is: none at the end."""
        found: list[str] = []
        while letter := self.peek():
            self.at += 1
            if letter in stops:
                return "".join(found), letter
            if letter == "\\" and self.escapes:
                letter = self.peek()
                self.at += 1
            found.append(letter)
        return "".join(found), ""


@dataclass(frozen=True, slots=True)
class _Line:
    cursor: _Cursor
    mode: Mode
    read: ReadFile | None

    def key(self, into: Manifest, depth: int) -> None:
        """One key with its value. Raises _End where there is no more."""
        name, stop = self.cursor.until("=[." if self.mode == "literal" else "=[,.")
        match stop:
            case "":
                if not name:
                    raise _End
                _refuse(f"key {_quoted(name)} has no value")
            case "=":
                value, is_over = self._value()
                _put(into, name, value)
                if is_over:
                    raise _End
            case "[":
                self._list(into, name, depth)
            case ".":
                self._map(into, name, depth + 1)
            case _:
                _refuse(f"key {_quoted(name)} has no value (cannot end with ,)")

    def _map(self, into: Manifest, name: str, depth: int) -> None:
        if depth > MOST_NESTED:
            _refuse(
                "value name nested level is greater than maximum supported nested level of"
                f" {MOST_NESTED}"
            )
        inner = _mapping(into[name]) if name in into else {}
        try:
            self.key(inner, depth)
        except _End:
            if inner:
                _put(into, name, inner)
            raise
        if not inner:
            _refuse(f"key map {_quoted(name)} has no value")
        _put(into, name, inner)

    def _list(self, into: Manifest, name: str, depth: int) -> None:
        index = self._index()
        items = _sequence(into[name]) if name in into else []
        # Set beforehand too: a list whose item never comes stays as it is.
        _put(into, name, items)
        self._item(items, index, depth)

    def _item(self, items: list[object], index: int, depth: int) -> None:
        """The value of one item, in place."""
        if index < 0:
            _refuse(f"negative {index} index not allowed")
        between, stop = self.cursor.until("[.=")
        if between:
            runes = " ".join(f"'{_RUNES.get(letter, letter)}'" for letter in between)
            _refuse(f"unexpected data at end of array index: [{runes}]")
        match stop:
            case "":
                raise _End
            case "=":
                value, _ = self._value()
                _set_index(items, index, value)
            case "[":
                self._nested(items, index, depth)
            case _:
                self._object(items, index, depth)

    def _nested(self, items: list[object], index: int, depth: int) -> None:
        inner_index = self._index()
        there = items[index] if index < len(items) else None
        inner = [] if there is None else _sequence(there)
        self._item(inner, inner_index, depth)
        _set_index(items, index, inner)

    def _object(self, items: list[object], index: int, depth: int) -> None:
        inner: Manifest = {}
        if index < len(items):
            there = items[index]
            inner = cast("Manifest", there) if isinstance(there, dict) else {}
            items[index] = inner
        self.key(inner, depth)
        _set_index(items, index, inner)

    def _index(self) -> int:
        text, stop = self.cursor.until("]")
        if not stop:
            raise _End
        if not _INTEGER.fullmatch(text):
            reason = f"strconv.Atoi: parsing {_quoted(text)}: invalid syntax"
            _refuse(f"error parsing index: {reason}")
        if abs(int(text)) >= 2**63:
            reason = f"strconv.Atoi: parsing {_quoted(text)}: value out of range"
            _refuse(f"error parsing index: {reason}")
        return int(text)

    def _value(self) -> tuple[object, bool]:
        """The value after an equals sign, and whether there was nothing left to read."""
        if self.mode == "json":
            return self._json(), False
        if self.mode == "literal":
            return self.cursor.until("")[0], False
        if not self.cursor.peek():
            return "", True
        if self.cursor.peek() != "{":
            return self._scalar(self.cursor.until(",")[0]), False
        self.cursor.at += 1
        return self._braced(), False

    def _braced(self) -> list[object]:
        """The items of `{a,b}`, and the comma behind it."""
        found: list[object] = []
        while True:
            item, stop = self.cursor.until(",}")
            if not stop:
                _refuse("list must terminate with '}'")
            found.append(self._scalar(item))
            if stop == "}":
                if self.cursor.peek() == ",":
                    self.cursor.at += 1
                return found

    def _scalar(self, text: str) -> object:
        match self.mode:
            case "file":
                assert self.read is not None
                return self.read(text)
            case "string":
                return text
            case _:
                return _typed(text)

    def _json(self) -> object:
        if self._is_empty():
            return None
        try:
            value, self.cursor.at = _DECODER.raw_decode(self.cursor.text, self.cursor.at)
        except (ValueError, RecursionError) as error:
            _refuse(f"not JSON: {error}")
        if type(value) in (int, float) and self.cursor.peek() in (".", "e", "E"):
            _refuse(f"not JSON: {value}{self.cursor.peek()} is no number")
        self._is_empty()
        return cast("object", value)

    def _is_empty(self) -> bool:
        """Whether nothing comes before the next comma, which is then passed, as spaces are."""
        while letter := self.cursor.peek():
            if letter == ",":
                self.cursor.at += 1
                return True
            if not letter.isspace():
                return False
            self.cursor.at += 1
        return True


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _typed(text: str) -> object:
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(text) and text[0] != "0" and -(2**63) <= int(text) < 2**63:
        return Whole(text)
    return text


def _put(into: Manifest, name: str, value: object) -> None:
    """Set a key; an empty one is passed over."""
    if name:
        into[name] = value


def _set_index(items: list[object], index: int, value: object) -> None:
    if index > LARGEST_INDEX:
        _refuse(f"index of {index} is greater than maximum supported index of {LARGEST_INDEX}")
    items.extend([None] * (index + 1 - len(items)))
    items[index] = value


def _mapping(found: object) -> Manifest:
    if not isinstance(found, dict):
        _refuse(_conversion(found, "map[string]interface {}"))
    return cast("Manifest", found)


def _sequence(found: object) -> list[object]:
    if not isinstance(found, list):
        _refuse(_conversion(found, "[]interface {}"))
    return cast("list[object]", found)


def _conversion(found: object, wanted: str) -> str:
    there = _GO_TYPES.get(type(found), "nil")
    return f"unable to parse key: interface conversion: interface {{}} is {there}, not {wanted}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse(message: str) -> NoReturn:
    raise HelmError("values", message)
