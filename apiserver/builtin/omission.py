"""Which fields Go leaves out of JSON when they hold nothing: false, 0 or an empty text.

OpenAPI does not tell: a field that is a pointer in Go keeps its false, another one loses it. The
table of protobuf messages, which is made from the Go types themselves, knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from apiserver.wire.message import Row, rows_by_message

_PLAIN = ("string", "bool", "int", "double")


@cache
def omitted_fields() -> Mapping[str, tuple[str, ...]]:
    """The names of such fields by type: `{"core/v1.EnvVar": ("value",), ...}`."""
    return {
        message: tuple(row.name for row in rows if _is_omitted(row))
        for message, rows in rows_by_message().items()
    }


def message_of(component: str) -> str:
    """The message of an OpenAPI component: `io.k8s.api.core.v1.EnvVar` → `core/v1.EnvVar`."""
    group, version, kind = ["", "", *component.split(".")][-3:]
    return f"{group}/{version}.{kind}"


def _is_omitted(row: Row) -> bool:
    is_plain = row.type in _PLAIN and not {*row.marks} & {"r", "m", "p"}
    return is_plain and "o" in row.marks
