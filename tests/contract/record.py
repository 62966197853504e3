"""Records the real kube-apiserver's answers: `python -m tests.contract.record [TABLE ...]`.

Needs the real server (`python -m tests.real.build`). Without names, every table is recorded.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson
import yaml

from tests import servers
from tests.contract.api import Api
from tests.contract.exchange import Stage, answers_of, serve_custom_kinds, tables


async def _record(api: Api, table: Path) -> None:
    found: dict[str, Any] = {}
    for number, case in enumerate(yaml.safe_load(table.read_text())):
        namespace = f"record-{table.stem}-{number}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        await api.post("/api/v1/namespaces", body)
        found[case["name"]] = await Stage(api, namespace).play(case)
    answers_of(table).write_bytes(_written(found))


def _written(found: dict[str, Any]) -> bytes:
    """As JSON with a line for each answer, so that a difference can be seen in a review."""
    cases = []
    for name, answers in found.items():
        lines = [orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in answers]
        cases.append(orjson.dumps(name) + b": [\n" + b",\n".join(lines) + b"\n]")
    return b"{\n" + b",\n".join(cases) + b"\n}\n"


async def main(names: list[str]) -> None:
    """Record the tables of these names."""
    with servers.real() as server:
        async with server.session() as session:
            api = Api(session)
            await serve_custom_kinds(api)
            for table in tables():
                if not names or table.stem in names:
                    await _record(api, table)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
