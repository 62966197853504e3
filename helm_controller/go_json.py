"""JSON to the byte as Go's encoding/json writes it. Pure.

Structs keep the order of their fields and leave empty ones out; maps are sorted by the bytes of
their keys; `<`, `>` and `&` are escaped; numbers are float64, as they are after Go has read them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f",
}  # fmt: skip
_ESCAPED = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]')
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Struct:
    """The fields of a Go struct in their order. `kept` are written though they are empty, with what
    Go writes for one that was never set; `parts` are fields of structs, or of lists of them;
    `pointers` are written where they are there, though nothing is in them."""

    fields: tuple[str, ...]
    kept: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, Struct] = field(default_factory=dict)
    pointers: frozenset[str] = frozenset()


def encoded(value: object, shape: Struct | None = None) -> str:
    """A value as Go writes it; a mapping as a map, or as the struct of `shape`, whose unknown
    fields are left out. Raises ValueError for what JSON does not know (NaN)."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int() if abs(value) < _EXACT:
            return str(value)
        case int() | float():
            return _number(float(value))
        case list() | tuple():
            return f"[{','.join(encoded(one, shape) for one in value)}]"
        case dict():
            return _mapping(value) if shape is None else _struct(value, shape)
        case _:
            raise ValueError(f"{type(value).__name__} has no form in JSON")


def _mapping(value: dict[str, object]) -> str:
    items = sorted(value.items(), key=lambda item: item[0].encode("utf-8", "surrogatepass"))
    return "{" + ",".join(f"{_text(key)}:{encoded(one)}" for key, one in items) + "}"


def _struct(value: dict[str, object], shape: Struct) -> str:
    written = []
    for name in shape.fields:
        found = value.get(name)
        if found is None:
            found = shape.kept.get(name)
        is_set = name in shape.pointers and found is not None
        if is_set or name in shape.kept or not _is_empty(found):
            written.append(f"{_text(name)}:{encoded(found, shape.parts.get(name))}")
    return "{" + ",".join(written) + "}"


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == 0 or value in ("", [], {})


def _text(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    if "\ud800" <= letter <= "\udfff":
        return "\\ufffd"
    return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"


def _number(number: float) -> str:
    """As strconv writes a float64: plain digits from 1e-6 to 1e21, an exponent beyond."""
    if not math.isfinite(number):
        raise ValueError(f"{number} has no form in JSON")
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    if 1e-6 <= abs(number) < 1e21:
        plain = f"{Decimal(repr(number)):f}"
        return plain.removesuffix(".0")
    digits, _, exponent = repr(number).partition("e")
    power = int(exponent)
    return f"{digits}e{'-' if power < 0 else '+'}{_exponent(power)}"


def _exponent(power: int) -> str:
    """Go takes a leading zero out of negative exponents, and leaves it in the others."""
    return str(abs(power)) if power < 0 else f"{power:02d}"
