"""The API server as the measurer uses it: its own requests are counted, so that they can be taken
off what the server counts."""

from __future__ import annotations

import asyncio
import http
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import aiohttp
import orjson
import yaml

from benchmarks.process import RunError
from benchmarks.requests import Asked, Requests, asked_by, read
from shared.manifest.identity import Manifest, section, text

REQUESTED = "reconcile.fluxcd.io/requestedAt"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_FLUX = Path(__file__).parent / "peers/flux"
_SOON = 0.1
_JSON = {"Content-Type": "application/json"}
_MERGE = {"Content-Type": "application/merge-patch+json"}


@dataclass(slots=True)
class Api:
    """An administrator's way in. `own`: what was asked through it, as the server counts it."""

    session: aiohttp.ClientSession
    own: Counter[Asked] = field(default_factory=Counter)

    async def requests(self) -> Requests:
        """All requests of others so far, by the server's own counters."""
        async with self.session.get("/metrics") as answer:
            answer.raise_for_status()
            return read(await answer.text()) - Requests(dict(self.own))

    async def create(self, path: str, manifest: Manifest) -> None:
        """Make an object. `path`: that of all objects of its kind."""
        self.own[asked_by("POST", path)] += 1
        async with self.session.post(path, data=orjson.dumps(manifest), headers=_JSON) as answer:
            await _require(answer)

    async def patch(self, path: str, patch: Manifest, manager: str = "somebody") -> Manifest:
        """Merge a patch into an object; the object as it is then."""
        self.own[asked_by("PATCH", path)] += 1
        options = {"fieldManager": manager}
        async with self.session.patch(
            path, data=orjson.dumps(patch), params=options, headers=_MERGE
        ) as answer:
            await _require(answer)
            return cast("Manifest", orjson.loads(await answer.read()))

    async def request(self, path: str, token: str) -> None:
        """Ask for an object to be reconciled now."""
        await self.patch(path, {"metadata": {"annotations": {REQUESTED: token}}})

    async def delete(self, path: str) -> None:
        """Ask for an object to go."""
        self.own[asked_by("DELETE", path)] += 1
        async with self.session.delete(path) as answer:
            if answer.status != http.HTTPStatus.NOT_FOUND:
                await _require(answer)

    async def is_served(self, path: str) -> bool:
        """Whether objects can be listed at a path."""
        async with self.session.get(path) as answer:
            return answer.ok

    async def namespace(self, name: str) -> None:
        """Make a namespace."""
        body: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        await self.create("/api/v1/namespaces", body)


async def _require(answer: aiohttp.ClientResponse) -> None:
    if not answer.ok:
        raise RunError(f"{answer.method} {answer.url}: {(await answer.text())[:500]}")


async def install(api: Api, modules: Iterable[str]) -> None:
    """Make Flux's kinds known, from its own modules; both sides serve them. Raises RunError."""
    definitions = [one for module in modules for one in _definitions(module)]
    for definition in definitions:
        await api.create(DEFINITIONS, definition)
    for definition in definitions:
        await _until_served(api, definition)


async def _until_served(api: Api, definition: Manifest) -> None:
    """Until objects of a kind can be listed in every version."""
    spec = section(definition, "spec")
    group, plural = text(spec, "group"), text(section(spec, "names"), "plural")
    for version in cast("list[Manifest]", spec["versions"]):
        path = f"/apis/{group}/{version['name']}/{plural}"
        while version["served"] and not await api.is_served(path):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_SOON)


def _definitions(module: str) -> Iterator[Manifest]:
    command = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", f"github.com/fluxcd/{module}"]
    found = subprocess.run(command, cwd=_FLUX, capture_output=True, text=True, check=False)
    folder = Path(found.stdout.strip()) / "config/crd/bases"
    if found.returncode or not folder.is_dir():
        raise RunError(f"the module of {module} is not here: `./dev peers {module}` fetches it")
    for path in sorted(folder.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())
