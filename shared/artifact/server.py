"""Serves artifacts over HTTP to other controllers: one at a time, by its path, and nothing else.

No listing, no path but those that a status names, and a time limit on everything
(reliability-security.md A-14). Ranges, ETags and HEAD work.
"""

from __future__ import annotations

import asyncio
import stat
from typing import Protocol

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from shared.artifact.error import ArtifactError
from shared.artifact.store import Store

IDLE = 30
"""Seconds that a connection may be silent."""

SLOWEST = 600
"""Seconds that the slowest download may take."""

HEADERS = {"Content-Type": "application/gzip", "X-Content-Type-Options": "nosniff"}


class Offers(Protocol):
    """Knows what is on offer."""

    def offers(self, path: str) -> bool:
        """Whether the status of an object names the artifact at `path`."""


class ArtifactServer:
    """Serves a store at an address; port 0 takes any that is free."""

    def __init__(self, store: Store, offers: Offers, host: str, port: int) -> None:
        self._store = store
        self._offers = offers
        self._host = host
        self._wanted_port = port
        self._started: asyncio.Future[int] | None = None

    async def port(self) -> int:
        """The port that is listened on, once it is."""
        return await asyncio.shield(self._start())

    async def run(self) -> None:
        """Serve until cancelled. Raises OSError where the address is taken."""
        app = web.Application(client_max_size=1)
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=IDLE, lingering_time=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._wanted_port, backlog=256)
            await site.start()
            started = self._start()
            if not started.done():
                started.set_result(int(runner.addresses[0][1]))
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def _start(self) -> asyncio.Future[int]:
        if self._started is None:
            self._started = asyncio.get_running_loop().create_future()
        return self._started

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if not self._offers.offers(path):
            raise web.HTTPNotFound
        try:
            file = self._store.path(path)
            mode = (await asyncio.to_thread(file.lstat)).st_mode
        except (ArtifactError, OSError):
            raise web.HTTPNotFound from None
        if not stat.S_ISREG(mode):
            raise web.HTTPNotFound
        return _Timed(file, headers=HEADERS)


class _Timed(web.FileResponse):
    """A file that is not sent for ever to one who reads it slowly."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        async with asyncio.timeout(SLOWEST):
            return await super().prepare(request)
