"""An API server that says what a test has written down for it, faults included."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass, field

import orjson
from aiohttp import web

V1 = {
    "resources": [
        {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list", "watch"]},
        {"name": "pods/status", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
        {"name": "secrets", "kind": "Secret", "namespaced": True, "verbs": ["list", "watch"]},
        {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["list"]},
        {"name": "events", "kind": "Event", "namespaced": True, "verbs": ["create"]},
        {"name": "namespaces", "kind": "Namespace", "namespaced": False, "verbs": ["get"]},
    ]
}


@dataclass
class Asked:
    """A request, as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return orjson.loads(self.body)


@dataclass
class Says:
    """An answer. `cut`: the connection breaks after the body; `hold`: it stays open and silent."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hold: bool = False

    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


DROP = Says(status=0)
"""The connection breaks without an answer."""


def status(code, reason, message, **details):
    """A metav1.Status."""
    return Says(
        code,
        {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "code": code,
            "reason": reason,
            "message": message,
            "details": details,
        },
    )


def lines(*changes, cut=False, hold=True):
    """A watch with these changes, (type, object) each."""
    body = b"".join(orjson.dumps({"type": t, "object": o}) + b"\n" for t, o in changes)
    return Says(body=body, cut=cut, hold=hold)


class ScriptedServer:
    """Answers each path from its script; the last answer of a script goes on for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Asked] = []
        self.open = 0
        self._scripts: dict[tuple[str, str], list[Says]] = defaultdict(list)
        self._arrived = asyncio.Condition()
        self._tls = tls
        self._stopping = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self.port = 0
        self.on("GET /api/v1", Says(body=V1))

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def on(self, what: str, *answers: Says) -> None:
        """`on("GET /api/v1/pods", Says(...), ...)`; a watch is `WATCH /api/v1/pods`."""
        method, _, path = what.partition(" ")
        self._scripts[method, path][:] = answers

    def asked(self, what: str) -> list[Asked]:
        """The requests for a path so far."""
        method, _, path = what.partition(" ")
        return [one for one in self.seen if (_method(one), one.path) == (method, path)]

    async def heard(self, what: str, times: int = 1) -> None:
        """Wait until a path was asked for that often."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked(what)) >= times)

    async def __aenter__(self) -> ScriptedServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the port of before where there was one."""
        self._stopping.clear()
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", self.port, ssl_context=self._tls, reuse_address=True
        )
        await site.start()
        self.port = self._runner.addresses[0][1]

    def secure(self, tls: ssl.SSLContext) -> None:
        """Show another certificate from the next start on."""
        self._tls = tls

    async def stop(self) -> None:
        """Cut every connection and listen no more."""
        self._stopping.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Asked(
            request.method,
            request.path,
            dict(request.query),
            dict(request.headers),
            await request.read(),
        )
        says = self._next(asked)
        self.seen.append(asked)
        async with self._arrived:
            self._arrived.notify_all()
        if says is DROP:
            request.transport.abort()
            return web.Response()
        return await self._say(request, says)

    def _next(self, asked: Asked) -> Says:
        script = self._scripts.get((_method(asked), asked.path))
        if not script:
            return Says(404, b"404 page not found")
        return script.pop(0) if len(script) > 1 else script[0]

    async def _say(self, request: web.BaseRequest, says: Says) -> web.StreamResponse:
        response = web.StreamResponse(status=says.status, headers=says.headers)
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(says.bytes())
        if says.hold:
            self.open += 1
            await self._stopping.wait()
            self.open -= 1
        if says.cut or says.hold:
            request.transport.abort()
        return response


def _method(asked: Asked) -> str:
    return "WATCH" if asked.query.get("watch") else asked.method
