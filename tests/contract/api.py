"""An API server spoken to in plain HTTP, so that no client of ours hides what it says."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

LARGE = 1024 * 1024
"""The client sends what is bigger only piece by piece."""

PATIENCE = 30
"""Seconds until something that must come counts as missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status and the JSON, or the text where it is none."""

    status: int
    body: Any
    warnings: list[str] = field(default_factory=list)


class Api:
    """Requests with JSON bodies, as an administrator."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str, **query: str) -> Answer:
        """Read one object, a list, or a document of the server's own."""
        return await self.ask("GET", path, query)

    async def post(self, path: str, body: object, **query: str) -> Answer:
        """Create an object in a collection."""
        return await self.ask("POST", path, query, body)

    async def put(self, path: str, body: object, **query: str) -> Answer:
        """Replace an object."""
        return await self.ask("PUT", path, query, body)

    async def patch(self, path: str, body: object, kind: str = MERGE, **query: str) -> Answer:
        """Change an object, in one of the four ways."""
        return await self.ask("PATCH", path, query, body, kind)

    async def apply(self, path: str, body: object, manager: str, **query: str) -> Answer:
        """Server-side apply as this field manager."""
        return await self.patch(path, body, APPLY, fieldManager=manager, **query)

    async def delete(self, path: str, **query: str) -> Answer:
        """Delete an object."""
        return await self.ask("DELETE", path, query)

    @asynccontextmanager
    async def watch(
        self, path: str, accept: str = "application/json", **query: str
    ) -> AsyncIterator[Watch]:
        """The changes of a collection, from the resourceVersion given."""
        limits = aiohttp.ClientTimeout(sock_read=PATIENCE)
        asked, headers = {"watch": "true", **query}, {"Accept": accept}
        request = self._session.get(path, params=asked, headers=headers, timeout=limits)
        async with request as answer:
            try:
                yield Watch(answer)
            finally:
                # Cut, not closed: TLS would wait for the other side, which has more to tell.
                if answer.connection and answer.connection.transport:
                    answer.connection.transport.abort()

    async def ask(
        self,
        verb: str,
        path: str,
        query: dict[str, str],
        body: object = None,
        kind: str = "application/json",
        accept: str = "application/json",
    ) -> Answer:
        """Any request: `body` is JSON to be, or bytes as they are."""
        headers = {"Accept": accept, "Content-Type": kind}
        data: Any = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        if data is not None and len(data) > LARGE:
            data = io.BytesIO(data)
        request = self._session.request(verb, path, params=query, data=data, headers=headers)
        async with request as answer:
            is_json = answer.content_type == "application/json"
            text = await answer.read()
            told = answer.headers.getall("Warning", [])
            return Answer(answer.status, orjson.loads(text) if is_json else text.decode(), told)


class Watch:
    """A watch that runs."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.status = answer.status
        self._answer = answer

    async def next(self) -> Any:
        """The next event, waited for. The end of the stream is an AssertionError."""
        line = await asyncio.wait_for(self._answer.content.readline(), PATIENCE)
        assert line, "the watch ended"
        return orjson.loads(line)
