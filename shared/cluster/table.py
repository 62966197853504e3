"""Objects as the server would print them: what `kubectl get` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import orjson

from shared.cluster.client import Client
from shared.cluster.request import Request
from shared.manifest.identity import Kind, Manifest, metadata, section, text

_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"


@dataclass(frozen=True, slots=True)
class Printed:
    """The headings of a kind and a row an object, with its namespace in front."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


async def printed(client: Client, kind: Kind, *, namespace: str = "") -> Printed:
    """The objects of a kind, in all namespaces or in one, as the server prints them. Raises
    ClusterError."""
    resource = await client.discovery.resource_of(kind)
    path, plural = resource.path(namespace), resource.plural
    request = Request("list", path, kind.kind, kind, plural, accept=_TABLE)
    answer = cast("Manifest", orjson.loads(await client.connection.send(request)))
    columns = [one for one in _several(answer, "columnDefinitions") if not one.get("priority")]
    rows = tuple(_row(row, len(columns)) for row in _several(answer, "rows"))
    return Printed(("Namespace", *(text(column, "name") for column in columns)), rows)


def _row(row: Manifest, columns: int) -> tuple[str, ...]:
    cells = cast("list[object]", row.get("cells") or [])[:columns]
    namespace = text(metadata(section(row, "object")), "namespace")
    return (namespace, *("" if cell is None else str(cell) for cell in cells))


def _several(answer: Manifest, key: str) -> list[Manifest]:
    return cast("list[Manifest]", answer.get(key) or [])
