"""The types that the fields of our custom resources are made of.

Reading is strict about types (`"true"` is no bool) and lenient about what the API server has
checked already: a pattern that only the schema states is not checked twice, so one odd condition
of somebody else cannot make a whole object unreadable. On the wire, what says nothing is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)

from shared.api import duration

Item = TypeVar("Item")

FILLED_IN = "x-filled-in"


def filled_in(value: JsonValue) -> dict[str, JsonValue]:
    """The value that the API server writes into an object that has none, for `json_schema_extra`.

    Other defaults are ours alone: they are not in the CRD, and an object without the field stays
    without it.
    """
    return {FILLED_IN: value}


def rules(messages: Mapping[str, str]) -> dict[str, JsonValue]:
    """CEL rules that the API server holds an object to, each with what it says when one is broken,
    for `json_schema_extra`."""
    listed: list[JsonValue] = [
        {"rule": rule, "message": message} for rule, message in messages.items()
    ]
    return {"x-kubernetes-validations": listed}


def is_empty(value: object) -> bool:
    """Whether a value says nothing and is left out on the wire, as by Go's `omitempty`."""
    return not value


Text = Annotated[str, Field(exclude_if=is_empty)]
"""A string; the empty one is the same as none."""

Flag = Annotated[bool, Strict(), Field(exclude_if=is_empty)]
"""A switch that is off unless it is on."""

Int64 = Annotated[int, Strict(), WithJsonSchema({"type": "integer", "format": "int64"})]
"""A whole number."""

Several = Annotated[tuple[Item, ...], Field(exclude_if=is_empty)]
"""A list, in its order; the empty one is the same as none."""

TextMap = Annotated[dict[str, str], Field(exclude_if=is_empty)]
"""Strings by name; no entries are the same as no map."""


def to_rfc3339(moment: datetime) -> str:
    """As metav1.Time is written: UTC, cut to seconds, `2026-08-07T12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[AwareDatetime, PlainSerializer(to_rfc3339, when_used="json")]
"""A moment in time, to the second."""


def _length(given: object) -> timedelta:
    if isinstance(given, timedelta):
        return given
    if not isinstance(given, str):
        raise ValueError(f"a duration is a string such as 5m, not {given!r}")  # noqa: TRY004 - pydantic reports ValueErrors
    return duration.parse(given)


def _interval(given: object) -> timedelta:
    length = _length(given)
    if length < timedelta(0):
        raise ValueError("a duration cannot be negative here")
    return length


_written = PlainSerializer(duration.format, when_used="json")

Duration = Annotated[
    timedelta, BeforeValidator(_length), _written, WithJsonSchema({"type": "string"})
]
"""How long something took."""

Interval = Annotated[
    timedelta,
    BeforeValidator(_interval),
    _written,
    WithJsonSchema({"type": "string", "pattern": duration.HOURS}),
]
"""A pace or a time limit."""

ShortInterval = Annotated[
    timedelta,
    BeforeValidator(_interval),
    _written,
    WithJsonSchema({"type": "string", "pattern": duration.MINUTES}),
]
"""A time limit that is not written in hours."""
