"""An artifact server without a source controller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from shared.artifact.digest import digest_of
from shared.artifact.tarball import Entry, pack
from shared.manifest.identity import Manifest


@dataclass(slots=True)
class Shelf:
    """What is on it is served by name."""

    url: str = ""
    tarballs: dict[str, bytes] = field(default_factory=dict)

    def put(self, revision: str, files: Mapping[str, str]) -> Manifest:
        """Pack files; the artifact as the status of a source names it."""
        content = pack([Entry(path, text.encode()) for path, text in files.items()])
        name = f"{revision}.tar.gz"
        self.tarballs[name] = content
        return {
            "digest": digest_of(content),
            "lastUpdateTime": "2026-01-01T00:00:00Z",
            "path": name,
            "revision": f"main@sha1:{revision}",
            "url": f"{self.url}/{name}",
        }

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        content = self.tarballs.get(request.path.lstrip("/"))
        return web.Response(body=content) if content else web.Response(status=404)


@asynccontextmanager
async def standing() -> AsyncIterator[Shelf]:
    """A shelf that is served on this machine."""
    shelf = Shelf()
    runner = web.ServerRunner(web.Server(shelf.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shelf.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield shelf
    finally:
        await runner.cleanup()
