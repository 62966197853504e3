"""Columns of tables, and the texts that many cells share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apiserver.clock import moment_of, stamp
from apiserver.duration import human
from apiserver.resource import Column
from apiserver.value import Object, text

Cells = Callable[[Object, datetime], list[object]]


@dataclass(frozen=True, slots=True)
class Printer:
    """The columns of one kind, and the cells of an object under them."""

    columns: tuple[Column, ...]
    cells: Cells

    def row(self, content: Object, now: datetime) -> list[object]:
        """The cells of one object."""
        return self.cells(content, now)


def age(content: Object, now: datetime, *path: str) -> str:
    """How long ago the time at `path` was; of the object's creation where no path is given."""
    value = text(content, *(path or ("metadata", "creationTimestamp")))
    moment = moment_of(value)
    return human((now - moment).total_seconds()) if moment else "<unknown>"


def name(content: Object) -> str:
    """The name of an object."""
    return text(content, "metadata", "name")


def columns(spec: str) -> tuple[Column, ...]:
    """`Name Ready Age +Images`: a plus for what only `-o wide` shows, an underscore for a space."""
    return tuple(column(word) for word in spec.split())


def column(word: str) -> Column:
    """One column of such a text: `#` ends the name of a number, `?` of a boolean, `@` of a time."""
    kind = _TYPES.get(word[-1], "string")
    told = word.removeprefix("+").rstrip("#?@").replace("_", " ")
    form = "name" if told == "Name" else ""
    return Column(told, kind, form, told, 1 if word.startswith("+") else 0)


_TYPES = {"#": "integer", "?": "boolean", "@": "date"}


def creation() -> Printer:
    """For kinds without columns of their own: the name and when it was created."""
    return Printer(
        columns("Name Created_At@"), lambda content, _: [name(content), _created(content)]
    )


def _created(content: Object) -> str:
    return text(content, "metadata", "creationTimestamp") or stamp(datetime.min)


def named(content: Object, now: datetime) -> list[object]:
    """The name and the age."""
    return [name(content), age(content, now)]


def word(value: object, nothing: str = "<none>") -> str:
    """A value in a cell; `nothing` where there is none."""
    return str(value) if value not in (None, "", []) else nothing
