"""A registry in this process, that tests fill by hand, and that misbehaves when told to."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import orjson
from aiohttp import web

from tests.fake.oci_artifact import INDEX, Artifact, digest_of, index

Interference = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Answers in place of the registry; None leaves it to the registry."""


async def nothing(request: web.Request) -> web.StreamResponse | None:
    return None


@dataclass
class FakeRegistry:
    """`page`: how many tags a page of the listing has. `has_referrers`: whether it lists what
    refers to a manifest."""

    address: str = ""
    manifests: dict[tuple[str, str], Artifact] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    interfere: Interference = nothing
    page: int = 100
    has_referrers: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def push(self, artifact: Artifact, repository: str, *tags: str) -> str:
        """Hold an artifact under its digest, and under tags; its digest."""
        for blob in artifact.blobs:
            self.blobs[digest_of(blob)] = blob
        for reference in (artifact.digest, *tags):
            self.manifests[repository, reference] = artifact
        return artifact.digest

    def url(self, repository: str) -> str:
        return f"oci://{self.address}/{repository}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        self.headers.append(dict(request.headers))
        if (other := await self.interfere(request)) is not None:
            return other
        path = request.path.removeprefix("/v2/")
        for kind in ("manifests", "blobs", "tags", "referrers"):
            repository, found, rest = path.partition(f"/{kind}/")
            if found:
                return getattr(self, f"_{kind}")(repository, rest, request)
        return web.Response(status=200 if not path else 404)

    def _manifests(self, repository: str, reference: str, request: web.Request) -> web.Response:
        held = self.manifests.get((repository, reference))
        if held is None:
            return web.json_response({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, status=404)
        return web.Response(
            body=held.manifest,
            headers={"Content-Type": held.media_type, "Docker-Content-Digest": held.digest},
        )

    def _blobs(self, repository: str, digest: str, request: web.Request) -> web.Response:
        held = self.blobs.get(digest)
        return web.Response(status=404) if held is None else web.Response(body=held)

    def _tags(self, repository: str, rest: str, request: web.Request) -> web.Response:
        query = parse_qs(request.query_string)
        tags = [tag for name, tag in self.manifests if name == repository and ":" not in tag]
        start = int(query.get("last", ["0"])[0])
        page = tags[start : start + self.page]
        headers = {}
        if start + self.page < len(tags):
            where = f"/v2/{repository}/tags/list?last={start + self.page}"
            headers["Link"] = f'<{where}>; rel="next"'
        return web.json_response({"name": repository, "tags": page}, headers=headers)

    def _referrers(self, repository: str, digest: str, request: web.Request) -> web.Response:
        if not self.has_referrers:
            return web.Response(status=404)
        subject = f'"digest":"{digest}"'.encode()
        referring = [
            held
            for (name, reference), held in self.manifests.items()
            if name == repository and reference == held.digest and b'"subject"' in held.manifest
            and subject in held.manifest.partition(b'"subject"')[2]
        ]  # fmt: skip
        listed = index(*(held.descriptor(**_kind(held)) for held in referring))
        return web.Response(body=listed.manifest, headers={"Content-Type": INDEX})


def _kind(held: Artifact) -> dict[str, object]:
    """What a list of referrers says of one besides."""
    said = orjson.loads(held.manifest)
    kind = said.get("artifactType") or said["config"]["mediaType"]
    return {"artifactType": kind, "annotations": said.get("annotations", {})}


@asynccontextmanager
async def fake_registry(
    context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[FakeRegistry]:
    """One, on loopback; over TLS where a context is given."""
    registry = FakeRegistry()
    runner = web.ServerRunner(web.Server(registry.answer), shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, 0, ssl_context=context)
        await site.start()
        registry.address = f"{host}:{runner.addresses[0][1]}"
        yield registry
    finally:
        registry.released.set()
        await runner.cleanup()


def demand(header: str, challenge: str) -> Interference:
    """Lets in only who brings this Authorization header."""

    async def answer(request: web.Request) -> web.StreamResponse | None:
        if request.headers.get("Authorization") == header:
            return None
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    return answer


def basic(username: str, password: str) -> str:
    """The Authorization header of a user."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"
