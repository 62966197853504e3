"""What the outside may ask this process: is it alive, is it ready, what are its figures.

Alive means that the event loop turns and no worker has died: a process that answers while it
reconciles nothing would be worse than a dead one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web

from shared.runtime.metric import Metrics

Answer = Callable[[web.Request], web.Response]


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Go's form: `:8080` is every interface, `127.0.0.1:0` any free port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """`host:port`, `:port` or `[::1]:port`. Raises ValueError where the port is no number."""
        host, _, port = text.rpartition(":")
        return cls(host.strip("[]") or "0.0.0.0", int(port))


class Probes:
    """The HTTP servers for probes and metrics: one for each address, whoever shares it."""

    def __init__(self, metrics: Metrics, blind: Callable[[], list[str]]) -> None:
        self._metrics = metrics
        self._blind = blind

    async def serve(self, stack: AsyncExitStack, health: str, metrics: str) -> None:
        """Start listening; the stack stops it. An address of `0` switches a server off."""
        routes: dict[str, dict[str, Answer]] = {}
        routes.setdefault(health, {}).update({"/healthz": self._alive, "/readyz": self._ready})
        routes.setdefault(metrics, {})["/metrics"] = self._figures
        for address, answers in routes.items():
            if address not in {"0", ""}:
                await _listen(stack, Address.parse(address), answers)

    def _alive(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    def _ready(self, _: web.Request) -> web.Response:
        blind = self._blind()
        if blind:
            return web.Response(status=503, text=f"not in touch with: {', '.join(blind)}\n")
        return web.Response(text="ok")

    def _figures(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), content_type="text/plain", charset="utf-8")


async def _listen(stack: AsyncExitStack, address: Address, answers: Mapping[str, Answer]) -> None:
    app = web.Application()
    for path, answer in answers.items():
        app.router.add_get(path, _awaited(answer))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, address.host, address.port).start()


def _awaited(answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.Response:
        return answer(request)

    return handler
