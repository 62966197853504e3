"""The door through which templates look things up in a cluster (`lookup`).

The process that renders has no credential and knows no cluster: it is given an address on this
machine, which answers for as long as one rendering takes. Behind it every question is asked in the
name of the HelmRelease's account. Only reading gets through, and nothing that lasts.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from shared.cluster.client import Client
from shared.cluster.error import ClusterError
from shared.cluster.request import Request

LARGEST = 32 * 2**20
"""Bytes of an answer: a template that lists more than that is refused."""

_PATH = re.compile(r"/(?:version|api|apis)(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9:._-]+)*")
_PARTS = re.compile(r"/(?:proxy|exec|attach|portforward|log|watch|token)(?:/|$)")
_PASSED = frozenset({"limit", "continue", "labelSelector", "fieldSelector", "timeout"})


@dataclass(slots=True)
class Visit:
    """What one rendering has asked. `questions`: how many."""

    client: Client = field(repr=False)
    url: str = ""
    questions: int = 0


class LookupDoor:
    """A server on the loopback interface, which `run` opens and closes."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}
        self._runner: web.ServerRunner | None = None
        self._port = 0

    async def open(self) -> None:
        """Listen."""
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @asynccontextmanager
    async def visit(self, client: Client) -> AsyncIterator[Visit]:
        """An address that answers while inside, as `client` sees the cluster."""
        word = secrets.token_urlsafe(24)
        visit = Visit(client, f"http://127.0.0.1:{self._port}/{word}" if self._port else "")
        self._visits[word] = visit
        try:
            yield visit
        finally:
            del self._visits[word]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        word, _, rest = request.path.removeprefix("/").partition("/")
        visit = self._visits.get(word)
        path = f"/{rest}"
        if visit is None or not _is_allowed(request, path):
            return _refusal(403, "Forbidden", "templates may read objects, and nothing else")
        visit.questions += 1
        try:
            return _found(await _asked(visit.client, request, path))
        except ClusterError as error:
            return _refusal(error.status or 503, error.reason, str(error))


def _is_allowed(request: web.BaseRequest, path: str) -> bool:
    """Whether a question only reads, and ends."""
    return (
        request.method == "GET"
        and _PATH.fullmatch(path) is not None
        and _PARTS.search(path) is None
        and request.query.keys() <= _PASSED
    )


async def _asked(client: Client, request: web.BaseRequest, path: str) -> bytes:
    query = {key: value for key, value in request.query.items() if key != "timeout"}
    # Of what is asked as a Secret no error may quote anything.
    question = Request("get", path, path, resource="lookup", query=query, user=client.user)
    return await client.connection.send(question)


def _found(body: bytes) -> web.Response:
    if len(body) > LARGEST:
        return _refusal(413, "RequestEntityTooLarge", "that is more than a template may look up")
    return web.Response(body=body, content_type="application/json")


def _refusal(status: int, reason: str, message: str) -> web.Response:
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": status,
        "reason": reason,
        "message": message,
    }
    content = orjson.dumps(body)
    return web.Response(status=status, body=content, content_type="application/json")
