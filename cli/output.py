"""How data is printed: as `kubectl get` would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.api.definition import KINDS
from shared.api.naming import Naming
from shared.cluster.client import Client
from shared.cluster.table import printed
from shared.manifest.identity import Kind

GAP = 3


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of text, all of one length."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def render(table: Table) -> str:
    """The table as `kubectl get` prints it: capitals, columns three blanks apart, no lines."""
    lines = [tuple(heading.upper() for heading in table.headings), *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.headings))]
    return "\n".join(_line(line, widths) for line in lines)


async def overview(client: Client) -> str:
    """What `kubectl get` prints of all of our kinds of which there is an object. Raises
    ClusterError."""
    tables = [await _of_kind(client, kind.naming) for kind in KINDS]
    return "\n\n".join(table for table in tables if table)


async def _of_kind(client: Client, naming: Naming) -> str:
    """The table of a kind, with names as `kubectl` spells them where it prints several kinds; empty
    where there is no object of it."""
    found = await printed(client, Kind(naming.group, naming.version, naming.kind))
    kind = f"{naming.kind.lower()}.{naming.group}"
    rows = tuple((row[0], f"{kind}/{row[1]}", *row[2:]) for row in found.rows)
    return render(Table(found.headings, rows)) if rows else ""


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width + GAP) for cell, width in zip(cells, widths, strict=True))
    return "".join(padded).rstrip()
