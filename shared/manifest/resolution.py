"""What a plain scalar of YAML means to the Go libraries that Kubernetes tools are built with.

Two dialects are in use. Manifests are read by yaml.v3: YAML 1.2 with a few habits of 1.1 (`017` and
`0b11` are numbers, `yes` is a string). Kustomization files, JSON patches and everything that goes
through sigs.k8s.io/yaml are read by yaml.v2: YAML 1.1, where `yes`, `on` and `y` are booleans too.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

_NULL = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_BOOL = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_WORDS: dict[str, object] = {
    **_NULL,
    **_BOOL,
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_OLD_WORDS: dict[str, object] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_HINTS = frozenset("+-.0123456789~tTfFnN")
_OLD_HINTS = _HINTS | frozenset("yYoO")
_INT = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?P<gap>[Tt ])([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_BASES = {"x": 16, "o": 8, "b": 2}
_LONGEST_NUMBER = 400
"""Longer runs of digits are text: no float has so many, and parsing them costs the square."""


def resolved(text: str) -> object:
    """What a plain scalar of a manifest is (yaml.v3): None, bool, int, float or str.

    Timestamps come back as the text that Go prints them as (RFC 3339).
    """
    if (text and text[0] not in _HINTS) or len(text) > _LONGEST_NUMBER:
        return text
    return _resolved(text)


@lru_cache(maxsize=1 << 15)
def _resolved(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    number = _number(text)
    return timestamp(text) if number is None else number


def resolved_old(text: str) -> object:
    """What a plain scalar of a kustomization file is (yaml.v2, YAML 1.1); timestamps stay text."""
    if (text and text[0] not in _OLD_HINTS) or len(text) > _LONGEST_NUMBER:
        return text
    return _resolved_old(text)


@lru_cache(maxsize=1 << 14)
def _resolved_old(text: str) -> object:
    if text in _OLD_WORDS:
        return _OLD_WORDS[text]
    if text in _WORDS:
        return _WORDS[text]
    number = _number(text)
    return text if number is None else number


def needs_quotes(text: str) -> bool:
    """Whether a string, written plainly, would be something else to a reader of YAML 1.1."""
    if (text and text[0] not in _OLD_HINTS) or len(text) > _LONGEST_NUMBER:
        return False
    if not isinstance(_resolved_old(text), str):
        return True
    return _BASE_60.fullmatch(text) is not None or _moment(text) is not None


def _number(text: str) -> int | float | None:
    if not text or text[0] not in "+-.0123456789":
        return None
    plain = text.replace("_", "") if text[0] != "." else text
    whole = _integer(plain)
    if whole is not None:
        return whole
    if _FLOAT.fullmatch(plain) is None:
        return None
    value = float(plain)
    return None if value in (float("inf"), float("-inf")) else whole_if_integral(value)


def whole_if_integral(value: float) -> int | float:
    """A float as it comes back from JSON: `1e3` is 1000. Digits are those of the shortest form."""
    if not value.is_integer() or not -1e20 < value < 1e20:
        return value
    whole = int(Decimal(repr(value)))
    return whole if -(1 << 63) <= whole < 1 << 64 else value


def _integer(text: str) -> int | None:
    found = _INT.fullmatch(text)
    if found is None:
        return None
    sign, digits = found.groups()
    value = _whole(digits)
    if sign == "-":
        value = -value
    return value if -(1 << 63) <= value < (1 << 63 if sign else 1 << 64) else None


def _whole(digits: str) -> int:
    if len(digits) < 2 or digits[0] != "0":
        return int(digits)
    base = _BASES.get(digits[1].lower())
    return int(digits[2:], base) if base else int(digits, 8)


def timestamp(text: str) -> str:
    """A timestamp as Go prints it; any other text as it is."""
    moment = _moment(text)
    if moment is None:
        return text
    if moment["gap"] is None:
        return f"{_day(moment)}T00:00:00Z"
    hour, minute, second, fraction, zone = moment.groups()[4:]
    fraction = (fraction or "").rstrip("0").rstrip(".")
    zone = "Z" if zone in (None, "+00:00") else zone
    return f"{_day(moment)}T{int(hour):02}:{int(minute):02}:{int(second):02}{fraction}{zone}"


def _day(moment: re.Match[str]) -> str:
    return f"{moment[1]}-{int(moment[2]):02}-{int(moment[3]):02}"


def _moment(text: str) -> re.Match[str] | None:
    """The parts of a timestamp: real days and hours, and a zone unless after a blank."""
    if text[4:5] != "-" or (found := _TIME.fullmatch(text)) is None:
        return None
    year, month, day, gap, hour, minute, second, _, zone = found.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    if gap is None:
        return found
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    return found if (zone is None) == (gap == " ") else None
