"""Key services on loopback: what is said to any address is said to a server of this process."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

from shared.cloud.web import Call, Reply

DATA_KEY = bytes(range(32))
PLAIN = base64.b64encode(DATA_KEY).decode()


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of a host."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """The body as JSON."""
        return dict(json.loads(self.body))

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return {key: values[0] for key, values in parse_qs(self.body.decode()).items()}


@dataclass(slots=True)
class Cloud:
    """Plays all hosts. `answers`: what is said to requests whose host and path begin so."""

    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    async def ask(self, call: Call) -> Reply:
        """Send a request to our own server, whatever its address."""
        parts = urlsplit(call.url)
        headers = {**call.headers, "x-said-to": parts.netloc}
        url = f"{self.url}{parts.path}?{parts.query}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(call.method, url, data=call.body, headers=headers) as answer,
        ):
            self.calls.append(call)
            return Reply(answer.status, await answer.read())

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Note a request and answer it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        place = headers.get("x-said-to", "") + request.path
        self.requests.append(
            Request(headers.get("x-said-to", ""), request.path_qs, headers, await request.read())
        )
        found = next((a for begin, a in self.answers.items() if place.startswith(begin)), (404, {}))
        text = found[1] if isinstance(found[1], str) else json.dumps(found[1])
        return web.Response(status=found[0], text=text)


@asynccontextmanager
async def cloud(**answers: tuple[int, object]) -> AsyncIterator[Cloud]:
    """A cloud for a while."""
    made = Cloud()
    async with serving(made.answer) as url:
        made.url = url
        yield made


@asynccontextmanager
async def serving(
    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], ssl_context=None
) -> AsyncIterator[str]:
    """A server on loopback; its URL."""
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
    await site.start()
    scheme = "https" if ssl_context else "http"
    try:
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
