"""What of a file an HTTP request is to be given: all, a part, or the word that it has it already.

RFC 9110, sections 13 and 14, for one file that has a strong tag and a date. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Served:
    """A file that is asked for: its tag with quotes, when it was stored, and its bytes."""

    tag: str
    modified: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """The answer: its HTTP status, and which bytes go with it."""

    status: int
    start: int = 0
    length: int = 0


def part_of(served: Served, asked: Mapping[str, str]) -> Part:
    """What a GET or HEAD with these headers is to be given. Conditions that cannot be understood
    are taken as not there, as the RFC has it; of several ranges none is given."""
    refused = _precondition(served, asked)
    if refused:
        return Part(refused)
    wanted = asked.get("Range", "")
    if not wanted.startswith("bytes=") or not _is_same(served, asked.get("If-Range", "")):
        return Part(200, 0, served.size)
    found = _RANGE.fullmatch(wanted)
    return _range(found[1], found[2], served.size) if found else Part(416)


def _precondition(served: Served, asked: Mapping[str, str]) -> int:
    """The status with which conditions end a request; 0 where they do not."""
    if "If-Match" in asked:
        if not _names(asked["If-Match"], served.tag):
            return 412
    elif _is_after(served, asked.get("If-Unmodified-Since", "")):
        return 412
    if "If-None-Match" in asked:
        return 304 if _names(asked["If-None-Match"], served.tag, weak=True) else 0
    since = _date(asked.get("If-Modified-Since", ""))
    return 304 if since is not None and _whole(served.modified) <= since else 0


def _range(first: str, last: str, size: int) -> Part:
    if not first:
        length = min(int(last or 0), size)
        return Part(206, size - length, length) if length else Part(416)
    start, end = int(first), min(int(last) if last else size - 1, size - 1)
    return Part(206, start, end - start + 1) if start <= end else Part(416)


def _names(header: str, tag: str, *, weak: bool = False) -> bool:
    """Whether a list of tags has this one in it."""
    listed = [one.strip() for one in header.split(",")]
    plain = [one.removeprefix("W/") for one in listed] if weak else listed
    return header.strip() == "*" or tag in plain


def _is_same(served: Served, header: str) -> bool:
    """Whether If-Range, where it is given, means the file as it is."""
    if not header or header == served.tag:
        return True
    since = _date(header)
    return since is not None and _whole(served.modified) == since


def _is_after(served: Served, header: str) -> bool:
    since = _date(header)
    return since is not None and _whole(served.modified) > since


def _date(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _whole(moment: datetime) -> datetime:
    """To the second: HTTP knows no parts of one."""
    return moment.astimezone(UTC).replace(microsecond=0)
