"""Requests to key services: HTTPS only, no redirects, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import urlsplit

import aiohttp
import orjson

from kustomize_controller.sops.value import SopsProblem

_PATIENCE = aiohttp.ClientTimeout(total=30, connect=10)
_LARGEST = 1 << 20
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Post:
    """A request. `headers` and `body` hold credentials. `ca`: certificates (PEM) that are trusted
    instead of those of the system."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    ca: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The body of a good one holds a key or a token."""

    status: int
    body: bytes = field(repr=False)

    def fields(self, of: str) -> dict[str, object]:
        """The fields of a good answer. Raises SopsProblem with what the service `of` says of a bad
        one."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            found = {}
        said = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        if self.status != 200:
            raise SopsProblem(f"{of} answers {self.status}{_reason(said)}")
        return said


class Https(Protocol):
    """Sends requests."""

    async def post(self, post: Post) -> Answer:
        """The answer. Raises SopsProblem where there is none, and for anything but HTTPS."""


class HttpsService:
    """Sends requests with a session of its own, which `run` opens and closes."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Send what is to be sent, until cancelled."""
        async with aiohttp.ClientSession(timeout=_PATIENCE, trust_env=True) as session:
            self._session = session
            self._open.set()
            await asyncio.Event().wait()

    async def post(self, post: Post) -> Answer:
        """The answer. Raises SopsProblem where there is none, and for anything but HTTPS."""
        parts = urlsplit(post.url)
        if parts.scheme != "https" or not parts.hostname or parts.username:
            raise SopsProblem("a key service is only spoken to by https://")
        await self._open.wait()
        if self._session is None:
            raise AssertionError("the session is open")
        try:
            return await self._sent(self._session, post)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SopsProblem(
                f"{parts.hostname} cannot be reached: {type(error).__name__}"
            ) from None

    async def _sent(self, session: aiohttp.ClientSession, post: Post) -> Answer:
        async with session.post(
            post.url,
            data=post.body,
            headers=post.headers,
            allow_redirects=False,
            ssl=_trust(post.ca) if post.ca else True,
        ) as answer:
            body = await answer.content.read(_LARGEST)
            return Answer(answer.status, body)


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=ca)
    except ssl.SSLError:
        raise SopsProblem("the certificates that are to be trusted cannot be read") from None


def _reason(said: Mapping[str, object]) -> str:
    """What AWS, Azure, Google and Vault say of an error, in their different places."""
    error = said.get("error")
    inner = cast("dict[str, object]", error) if isinstance(error, dict) else {}
    errors = said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else ""
    places = (
        said.get("__type"), inner.get("status"), inner.get("code"), error,
        said.get("message"), said.get("Message"), inner.get("message"), first,
    )  # fmt: skip
    texts = [text for text in places if isinstance(text, str) and text]
    return f": {' '.join(' '.join(texts).split())[:_SHOWN]}" if texts else ""
