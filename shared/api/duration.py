"""Go's durations: `1h30m`, `1.5s`, `100ms` ↔ timedelta.

Reading and printing follow Go's time.ParseDuration and Duration.String, so that what we write is
what a Go client would have written. The one difference: a timedelta counts microseconds, so what is
finer is cut off.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

HOURS = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
"""What the API server takes for an interval."""

MINUTES = r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$"
"""What the API server takes for the time limit of a source: no hours."""

_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # U+00B5, micro sign
    "μs": 1_000,  # U+03BC, Greek letter mu
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_TERM = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE = re.compile(rf"[+-]?(?:0|(?:{_TERM.pattern})+)")
# The terms are few and the digits of each are few, so that no text makes for costly arithmetic.
_LONGEST_TEXT = 100
# A Go duration is an int64 of nanoseconds.
_MOST = 2**63 - 1


def parse(text: str) -> timedelta:
    """`1h0m0s` → one hour. Raises ValueError where Go would not take the text for a duration."""
    if len(text) > _LONGEST_TEXT or not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:_LONGEST_TEXT]!r} is not a duration such as 30s, 5m or 1h30m")
    terms = ((Decimal(number), _NANOSECONDS[unit]) for number, unit in _TERM.findall(text))
    nanoseconds = sum(int(number * unit) for number, unit in terms)
    if nanoseconds > _MOST:
        raise ValueError(f"{text!r} is longer than the 292 years that a duration can hold")
    length = timedelta(microseconds=nanoseconds // 1_000)
    return -length if text.startswith("-") else length


def format(length: timedelta) -> str:  # noqa: A001 - read as duration.format
    """One hour → `1h0m0s`; below a second `1.5ms` or `20µs`; nothing at all is `0s`."""
    microseconds = length // timedelta(microseconds=1)
    sign, microseconds = ("-", -microseconds) if microseconds < 0 else ("", microseconds)
    if microseconds == 0:
        return "0s"
    if microseconds < 1_000:
        return f"{sign}{microseconds}µs"
    if microseconds < 1_000_000:
        return f"{sign}{_fraction(microseconds, 1_000)}ms"
    minutes, rest = divmod(microseconds, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{_fraction(rest, 1_000_000)}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def _fraction(count: int, unit: int) -> str:
    """`count` in units of `unit`, without zeros at the end: 1500, 1000 → `1.5`."""
    whole, rest = divmod(count, unit)
    digits = len(str(unit)) - 1
    return f"{whole}.{rest:0{digits}}".rstrip("0").rstrip(".")
