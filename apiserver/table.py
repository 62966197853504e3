"""Tables: what `kubectl get` prints, one row an object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from apiserver.cause import invalid
from apiserver.clock import moment_of
from apiserver.duration import human
from apiserver.form import Page, partial
from apiserver.json_path import PathError, find
from apiserver.printer.catalogue import PRINTERS
from apiserver.printer.column import Printer, creation
from apiserver.refusal import bad_request
from apiserver.resource import Column, Resource
from apiserver.storage import Record
from apiserver.value import Object, encode, text

_NAME = Column(
    "Name", "string", "name", "Name must be unique within a namespace.", 0, ".metadata.name"
)


class Table:
    """Objects as rows. `now` ages the custom columns of type date; `include` says what each row
    carries: Metadata (the default), Object or None. Raises a 400 for anything else."""

    def __init__(self, resource: Resource, now: Callable[[], datetime], include: str) -> None:
        self._resource = resource
        self._now = now
        self._include = include or "Metadata"
        if self._include not in ("Metadata", "Object", "None"):
            why = "must be 'Metadata', 'Object', 'None', or empty"
            fault = invalid("includeObject", include, why)
            raise bad_request(f"Unable to convert to Table as requested: {fault}")
        self._printer = _printer_of(resource)
        self._has_columns = resource.is_custom or (resource.group, resource.kind) in PRINTERS
        self._headed = False
        self.name = ""

    def page(self, page: Page) -> bytes:
        """A list."""
        return encode(self._table(page.records, page.metadata()))

    def one(self, record: Record) -> bytes:
        """An object. Only the first one of a watch carries the column definitions."""
        table = self._table([record], {"resourceVersion": str(record.revision)})
        if self._headed:
            table["columnDefinitions"] = None
        self._headed = True
        return encode(table)

    def _table(self, records: Iterable[Record], metadata: Object) -> Object:
        columns = self._printer.columns if self._printer else (_NAME, *self._resource.columns)
        rows = [self._row(record) for record in records if record.key[1]]
        return {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": [_definition(column) for column in columns],
            # Kinds without columns of their own have a printer that makes null of no rows.
            "rows": rows if rows or self._has_columns else None,
        }

    def _row(self, record: Record) -> Object:
        row: Object = {"cells": self._cells(record)}
        if self._include == "Metadata":
            row["object"] = partial(record)
        elif self._include == "Object":
            row["object"] = record.object
        else:
            row["object"] = None
        return row

    def _cells(self, record: Record) -> list[object]:
        content, now = record.object, self._now()
        if self._printer:
            return self._printer.row(content, now)
        cells: list[object] = [text(content, "metadata", "name")]
        return cells + [cell(content, column, now) for column in self._resource.columns]


def _printer_of(resource: Resource) -> Printer | None:
    if resource.is_custom:
        return None
    return PRINTERS.get((resource.group, resource.kind), creation())


def _definition(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }


def cell(content: Object, column: Column, now: datetime) -> object:
    """The value of a custom resource's printer column; None where there is none."""
    try:
        found = find(content, column.path)
    except PathError:
        return None
    if not found:
        return None
    value = found[0]
    if column.type == "date":
        moment = moment_of(value) if isinstance(value, str) else None
        return human((now - moment).total_seconds()) if moment else "<unknown>"
    if column.type in ("integer", "number", "boolean"):
        return value
    return ",".join(_word(each) for each in found)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else encode(value).decode()
