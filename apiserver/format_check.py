"""The formats of strings that the real server checks."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

_HOST = re.compile(r"(?=.{1,253}$)[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
    r"(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?")  # fmt: skip
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:\S*|/\S*")
_DURATION = re.compile(r"[-+]?(\d+(\.\d+)?\s?(ns|us|µs|ms|s|m|h|d|w)[a-z]*)+|0")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)")


def _raises_nothing(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def fits_(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, binascii.Error):
            return False
        return True

    return fits_


def _date_time(value: str) -> bool:
    return bool(_WHEN.fullmatch(value)) and _raises_nothing(datetime.fromisoformat)(value.upper())


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date-time": _date_time,
    "datetime": _date_time,
    "date": _raises_nothing(date.fromisoformat),
    "byte": _raises_nothing(lambda value: base64.b64decode(value, validate=True)),
    "uuid": _raises_nothing(UUID),
    "ipv4": _raises_nothing(ipaddress.IPv4Address),
    "ipv6": _raises_nothing(ipaddress.IPv6Address),
    "cidr": _raises_nothing(ipaddress.ip_network),
    "hostname": lambda value: _HOST.fullmatch(value) is not None,
    "email": lambda value: _MAIL.fullmatch(value) is not None,
    "uri": lambda value: _URI.fullmatch(value) is not None,
    "duration": lambda value: _DURATION.fullmatch(value) is not None,
}


def fits(value: str, name: str) -> bool:
    """Whether a string has a format; unknown formats are not checked."""
    check = _CHECKS.get(name)
    return check is None or check(value)
