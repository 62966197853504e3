"""One repository that one Kustomization follows, on a real API server, seen from outside only."""

from __future__ import annotations

import asyncio
import http
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
import yaml

from benchmarks.controllers import Processes
from benchmarks.process import RunError
from shared.manifest.identity import Manifest, section
from tests.fake.git_remote import HttpRemote, Repository
from tests.servers import RealServer

AGENT = "penstock-benchmark"
PATIENCE = 60.0
"""Seconds until something that should have happened never will."""
LOOK_AGAIN = 0.02
_SOURCES = "/apis/source.toolkit.fluxcd.io/v1"
_APPLIERS = "/apis/kustomize.toolkit.fluxcd.io/v1"
_FLUX = Path(__file__).parent / "peers/flux"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step took: seconds until all was reported, requests to the API server, CPU seconds."""

    seconds: float
    requests: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """A namespace with a repository and a Kustomization; `processes` do the work."""

    server: RealServer
    api: aiohttp.ClientSession
    remote: HttpRemote
    repository: Repository
    namespace: str
    processes: Processes

    async def follow(self) -> None:
        """Ask for the repository to be followed; only what is asked for is looked at."""
        await self._create("/api/v1/namespaces", "v1", "Namespace", self.namespace, {})
        source: Manifest = {
            "url": self.remote.of(self.repository),
            "interval": "1h",
            "ref": {"branch": "main"},
        }
        path = f"{_SOURCES}/namespaces/{self.namespace}/gitrepositories"
        await self._create(path, "source.toolkit.fluxcd.io/v1", "GitRepository", "apps", source)
        spec: Manifest = {
            "interval": "1h", "path": "./apps", "prune": True, "targetNamespace": self.namespace,
            "sourceRef": {"kind": "GitRepository", "name": "apps"},
        }  # fmt: skip
        path = f"{_APPLIERS}/namespaces/{self.namespace}/kustomizations"
        await self._create(path, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "apps", spec)

    async def deliver(self, files: dict[str, str]) -> Taken:
        """Commit, ask the source to look, and wait until the Kustomization reports the commit."""
        commit = self.repository.commit({f"apps/{name}": text for name, text in files.items()})

        async def ask() -> None:
            await self._request(self._source)

        return await self._until(
            ask, lambda status: str(status.get("lastAppliedRevision", "")).endswith(commit)
        )

    async def look(self, token: str) -> Taken:
        """Ask the Kustomization to look again, and wait until it has."""

        async def ask() -> None:
            await self._request(self._applier, token)

        return await self._until(ask, lambda status: status.get("lastHandledReconcileAt") == token)

    async def end(self) -> None:
        """Take both objects away, with all that was applied: the next side must not find them."""
        for path in (self._applier, self._source):
            async with self.api.delete(path) as answer:
                answer.raise_for_status()
            begun = time.monotonic()
            while await self._is_there(path):
                if time.monotonic() - begun > PATIENCE:
                    raise RunError(f"{path} does not go away\n{self.processes.last_words()}")
                await asyncio.sleep(LOOK_AGAIN)

    async def _is_there(self, path: str) -> bool:
        async with self.api.get(path) as answer:
            return answer.status != http.HTTPStatus.NOT_FOUND

    @property
    def _source(self) -> str:
        return f"{_SOURCES}/namespaces/{self.namespace}/gitrepositories/apps"

    @property
    def _applier(self) -> str:
        return f"{_APPLIERS}/namespaces/{self.namespace}/kustomizations/apps"

    async def _until(self, ask: Callable, is_done: Callable[[Manifest], bool]) -> Taken:  # type: ignore[type-arg]
        requests, cpu, begun = self._requests(), self.processes.cpu(), time.monotonic()
        await ask()
        while not self._is_ready(found := await self._get(self._applier), is_done):
            if time.monotonic() - begun > PATIENCE:
                status = json.dumps(found.get("status"))[:1000]
                raise RunError(f"never done: {status}\n{self.processes.last_words()}")
            await asyncio.sleep(LOOK_AGAIN)
        seconds = time.monotonic() - begun
        return Taken(seconds, self._requests() - requests, self.processes.cpu() - cpu)

    @staticmethod
    def _is_ready(found: Manifest, is_done: Callable[[Manifest], bool]) -> bool:
        status = section(found, "status")
        conditions = cast("list[Manifest]", status.get("conditions", []))
        ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
        return ready and is_done(status)

    def _requests(self) -> int:
        return sum(request.agent != AGENT for request in self.server.audit())

    async def _request(self, path: str, token: str = "") -> None:
        asked = token or str(time.monotonic_ns())
        patch = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": asked}}}
        kind = {"Content-Type": "application/merge-patch+json"}
        async with self.api.patch(path, json=patch, headers=kind) as answer:
            answer.raise_for_status()

    async def _get(self, path: str) -> Manifest:
        async with self.api.get(path) as answer:
            answer.raise_for_status()
            return cast("Manifest", await answer.json())

    async def _create(self, path: str, version: str, kind: str, name: str, spec: Manifest) -> None:
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
        if spec:
            body["spec"] = spec
        async with self.api.post(path, json=body) as answer:
            answer.raise_for_status()


async def install(api: aiohttp.ClientSession) -> None:
    """Make Flux's kinds known, from its own modules; both sides serve them. Raises RunError."""
    for module in ("source-controller", "kustomize-controller"):
        for definition in _definitions(module):
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            async with api.post(path, json=definition) as answer:
                answer.raise_for_status()
    for name in ("flux-system",):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        async with api.post("/api/v1/namespaces", json=body) as answer:
            answer.raise_for_status()


def _definitions(module: str) -> Iterable[object]:
    command = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", f"github.com/fluxcd/{module}"]
    found = subprocess.run(command, cwd=_FLUX, capture_output=True, text=True, check=False)
    folder = Path(found.stdout.strip()) / "config/crd/bases"
    if found.returncode or not folder.is_dir():
        raise RunError(f"the module of {module} is not here: `./dev peers {module}` fetches it")
    for path in sorted(folder.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())
