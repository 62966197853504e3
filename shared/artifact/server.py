"""Serves artifacts over HTTP to other controllers: one at a time, by its path, and nothing else.

No listing, no path but those that a status names, and a time limit on everything
(reliability-security.md A-14). The tag of an artifact is its digest. What is stored is digested
again while it is sent: who asked for all of a file that has changed gets no end of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Protocol

import structlog
from aiohttp import web

from shared.api.artifact import Artifact
from shared.artifact.conditional import Part, Served, part_of
from shared.artifact.digest import check, hasher, parse
from shared.artifact.error import ArtifactError, ArtifactUnreadable
from shared.artifact.place import place_of_file
from shared.artifact.storage import Storage
from shared.reconcile.clock import Clock

IDLE = 30
"""Seconds that a connection may be silent."""

SLOWEST = 600
"""Seconds that the slowest download may take."""

LOOKS, PAUSE = 20, timedelta(milliseconds=100)
"""How often, and how far apart, a replica looks for what it has not heard of yet."""

MOST_WAITING = 64

MOST_AT_ONCE = 400
"""Downloads that are under way at once. Who comes when there are as many is asked to come again."""

YAML, GZIP = "application/yaml", "application/gzip"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Offers(Protocol):
    """Knows what is on offer."""

    def find(self, asked: str) -> Artifact | None:
        """The artifact that is asked for by a path, if the status of an object names it."""


class ArtifactServer:
    """Serves a store at an address; port 0 takes any that is free. With a `clock`, what is not on
    offer is looked for again for a moment: where several replicas serve, the reader of a status
    may be here before the news of it."""

    def __init__(
        self, storage: Storage, offers: Offers, host: str, port: int, clock: Clock | None = None
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._waiting = 0
        self._sending = 0
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
        artifact = await self._found(request.match_info["path"])
        if artifact is None:
            raise web.HTTPNotFound
        try:
            size = await self._storage.size(artifact.path)
        except ArtifactUnreadable as problem:
            log.warning("artifact.unreadable", path=artifact.path, error=str(problem))
            raise web.HTTPServiceUnavailable from None
        except ArtifactError:
            raise web.HTTPNotFound from None
        served = Served(f'"{artifact.digest}"', artifact.last_update_time, size)
        part = part_of(served, request.headers)
        response = web.StreamResponse(status=part.status, headers=_headers(artifact, served, part))
        if part.status in {200, 206} and request.method == "GET":
            await self._send(request, response, artifact, part)
        else:
            await response.prepare(request)
        return response

    async def _found(self, asked: str) -> Artifact | None:
        """The artifact that is asked for; for one that is not on offer it waits a moment."""
        artifact = self._offers.find(asked)
        if artifact is not None or self._clock is None or not _may_be(asked):
            return artifact
        if self._waiting >= MOST_WAITING:
            return None
        self._waiting += 1
        try:
            for _ in range(LOOKS):
                await self._clock.sleep(PAUSE)
                if artifact := self._offers.find(asked):
                    return artifact
            return None
        finally:
            self._waiting -= 1

    async def _send(
        self, request: web.Request, response: web.StreamResponse, artifact: Artifact, part: Part
    ) -> None:
        """Send a part; the connection is cut where it cannot be sent to its end."""
        if self._sending >= MOST_AT_ONCE:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
        self._sending += 1
        try:
            async with asyncio.timeout(SLOWEST):
                await response.prepare(request)
                async for chunk in self._checked(artifact, part):
                    await response.write(chunk)
        except (ArtifactError, TimeoutError) as problem:
            log.warning("artifact.cut", path=artifact.path, error=str(problem) or "too slow")
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the artifact was cut") from None
        finally:
            self._sending -= 1

    async def _checked(self, artifact: Artifact, part: Part) -> AsyncIterator[bytes]:
        """The bytes of a part. Of a whole artifact the last piece comes only once all are known to
        be what its digest was made of."""
        made = hasher(parse(artifact.digest)[0])
        held, left = b"", part.length
        async for chunk in self._storage.chunks(artifact.path, part.start, part.length):
            made.update(chunk)
            left -= len(chunk)
            if held:
                yield held
            held = chunk
        if left:
            raise ArtifactError(f"{artifact.path} has become shorter")
        if part.status == 200:
            check(made, artifact.digest)
        yield held


def _may_be(asked: str) -> bool:
    try:
        place_of_file(asked)
    except ArtifactError:
        return False
    return True


def _headers(artifact: Artifact, served: Served, part: Part) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": served.tag,
        "Last-Modified": format_datetime(served.modified.replace(microsecond=0), usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }
    if part.status in {200, 206}:
        headers["Content-Type"] = YAML if artifact.path.endswith(".yaml") else GZIP
        headers["Content-Length"] = str(part.length)
    if part.status == 206:
        last = part.start + part.length - 1
        headers["Content-Range"] = f"bytes {part.start}-{last}/{served.size}"
    if part.status == 416:
        headers["Content-Range"] = f"bytes */{served.size}"
    return headers
