"""The clouds, for a process that is told to reach the world through a proxy: whatever host it wants
is played by one server on loopback, which the process trusts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from tests.fake.certificates import Authority, server_context
from tests.fake.cloud import Request, serving

HOSTS = (
    "sts.eu-west-1.amazonaws.com",
    "kms.eu-west-1.amazonaws.com",
    "sts.googleapis.com",
    "cloudkms.googleapis.com",
    "login.microsoftonline.com",
    "own.vault.azure.net",
)


@dataclass(slots=True)
class Beyond:
    """The world behind the proxy. `answers`: by host; `requests`: what was asked of it;
    `environment`: what the process has to have."""

    answers: dict[str, object] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Note a request and answer it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        host = headers["host"]
        self.requests.append(Request(host, request.path_qs, headers, await request.read()))
        said = self.answers.get(host)
        if said is None:
            return web.json_response({}, status=404)
        return web.Response(text=said) if isinstance(said, str) else web.json_response(said)

    def asked_of(self, host: str) -> list[Request]:
        """What was asked of one host."""
        return [one for one in self.requests if one.host == host]


@asynccontextmanager
async def beyond(place: Path) -> AsyncIterator[Beyond]:
    """A world behind a proxy, for a while."""
    found = Beyond()
    authority = Authority("the world")
    trusted = place / "world.pem"
    trusted.write_text(authority.certificate)
    tls = server_context(authority.sign("clouds", hosts=HOSTS), place)
    async with serving(found.answer, tls) as url, _tunnels(urlsplit(url).port or 0) as port:
        found.environment = {
            "HTTPS_PROXY": f"http://127.0.0.1:{port}",
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(trusted),
        }
        yield found


@asynccontextmanager
async def _tunnels(there: int) -> AsyncIterator[int]:
    """A proxy whose tunnels all end at one port of this machine; its own port."""

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", there)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_pass(reader, far_writer))
            tasks.create_task(_pass(far_reader, writer))

    server = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
