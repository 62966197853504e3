"""Requests to clouds and key services: HTTPS only, no redirects, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import urlencode, urlsplit

import aiohttp
import orjson

from shared.cloud.error import CloudError

_PATIENCE = aiohttp.ClientTimeout(total=30, connect=10)
_NEAR = aiohttp.ClientTimeout(total=5, connect=2)
_LARGEST = 4 << 20
_SHOWN = 200
_GOOD = (200, 201)


@dataclass(frozen=True, slots=True)
class Call:
    """A request. Its `headers` and `body` hold credentials.

    `ca`: certificates (PEM) that are trusted in place of those of the system. `proxy`: the URL of
    an HTTP proxy. `near`: to an address that the environment of this process names, such as the
    metadata service of the machine: http:// will do, no proxy is used, and it answers at once or
    is not there.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    method: str = "POST"
    ca: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    near: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. The body of a good one holds a key or a token."""

    status: int
    body: bytes = field(repr=False)

    def fields(self, of: str) -> dict[str, object]:
        """The fields of a good answer. Raises CloudError with what the service `of` says of a bad
        one."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            found = {}
        said = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        if self.status not in _GOOD:
            raise CloudError(f"{of} answers {self.status}{_reason(said)}")
        return said

    def text(self, of: str) -> str:
        """The text of a good answer. Raises CloudError for a bad one."""
        if self.status != 200:
            raise CloudError(f"{of} answers {self.status}")
        return self.body.decode("utf-8", "replace")


class Web(Protocol):
    """Sends requests."""

    async def ask(self, call: Call) -> Reply:
        """The answer. Raises CloudError where there is none, and for an address that is not spoken
        to."""


class WebService:
    """Sends requests with sessions of its own, which `run` opens and closes."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def run(self) -> None:
        """Send what is to be sent, until cancelled."""
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, trust_env=True) as far,
            aiohttp.ClientSession(timeout=_NEAR) as near,
        ):
            self._sessions = {False: far, True: near}
            self._open.set()
            await asyncio.Event().wait()

    async def ask(self, call: Call) -> Reply:
        """The answer. Raises CloudError where there is none, and for an address that is not spoken
        to."""
        host = _host(call)
        await self._open.wait()
        try:
            return await _sent(self._sessions[call.near], call)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise CloudError(f"{host} cannot be reached: {type(error).__name__}") from None


def form(fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a form."""
    return {"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()


def _host(call: Call) -> str:
    """Who is spoken to. Raises CloudError for anything but HTTPS to a stranger."""
    parts = urlsplit(call.url)
    schemes = ("https", "http") if call.near else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username:
        raise CloudError("a key service is only spoken to by https://")
    return parts.hostname


async def _sent(session: aiohttp.ClientSession, call: Call) -> Reply:
    async with session.request(
        call.method,
        call.url,
        data=call.body or None,
        headers=call.headers,
        allow_redirects=False,
        ssl=_trust(call.ca) if call.ca else True,
        proxy=call.proxy or None,
    ) as answer:
        return Reply(answer.status, await _bounded(answer))


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The body. Raises CloudError for one that has no end."""
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > _LARGEST:
            raise CloudError(f"{answer.url.host} answers at too great a length")
    return bytes(body)


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=ca)
    except ssl.SSLError:
        raise CloudError("the certificates that are to be trusted cannot be read") from None


def _reason(said: Mapping[str, object]) -> str:
    """What AWS, Azure, Google and Vault say of an error, in their different places."""
    error = said.get("error")
    inner = cast("dict[str, object]", error) if isinstance(error, dict) else {}
    errors = said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else ""
    places = (
        said.get("__type"), inner.get("status"), inner.get("code"), error,
        said.get("error_description"), said.get("message"), said.get("Message"),
        inner.get("message"), first,
    )  # fmt: skip
    texts = [text for text in places if isinstance(text, str) and text]
    return f": {' '.join(' '.join(texts).split())[:_SHOWN]}" if texts else ""
