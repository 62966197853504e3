"""The line to an object store: HTTP with certificates, proxy, time limits and tries of its own.

No redirects, no cookies, nothing unpacked: what a store sends is taken as it is, up to a limit.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import aiohttp
from yarl import URL

from shared.object_store.error import ObjectStoreError, StoreAway
from shared.object_store.markup import LARGEST
from shared.reconcile.clock import Clock

TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = timedelta(milliseconds=200), timedelta(seconds=5)
CHUNK = 256 * 1024
BUSY = frozenset({408, 429, 500, 502, 503, 504})

_SILENCE = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)
_AS_IT_IS = {"Accept-Encoding": "identity", "User-Agent": "penstock"}

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Reach:
    """How a store is reached. `authority`: certificates (PEM) that are trusted beside those of the
    system; `certificate` and `key` (PEM): ours; `proxy`: the URL of an HTTP proxy, with user and
    password where it wants them; empty: as the environment says."""

    authority: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `url` is encoded as it is to be sent; `headers` may hold credentials. `about`:
    what it is about, for errors."""

    url: str = field(repr=False)
    about: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: bytes | AsyncIterator[bytes] = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Refused = Callable[[Ask, Reply], ObjectStoreError]
"""What an answer that is no success means."""


@dataclass(frozen=True, slots=True)
class Line:
    """An open line."""

    session: aiohttp.ClientSession
    clock: Clock
    proxy: str = field(default="", repr=False)
    tries: int = TRIES

    async def ask(self, ask: Ask) -> Reply:
        """The answer, whatever its status. Raises StoreAway where there is none."""
        async with self.answer(ask) as answer:
            return await _whole(answer)

    @asynccontextmanager
    async def answer(self, ask: Ask) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer as it comes in. Raises StoreAway where it does not come to its end."""
        try:
            async with self.session.request(
                ask.method,
                URL(ask.url, encoded=True),
                headers={**_AS_IT_IS, **ask.headers},
                data=ask.body or None,
                allow_redirects=False,
                proxy=self.proxy or None,
            ) as answer:
                yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise StoreAway(f"{ask.about}: {_reason(error)}") from None

    async def patiently(self, work: Callable[[], Awaitable[Given]]) -> Given:
        """What `work` gives, which is tried again with growing pauses while the store is away.
        Raises what it raises the last time."""
        pause = FIRST_PAUSE
        for _ in range(self.tries - 1):
            try:
                return await work()
            except StoreAway as problem:
                wait = max(pause, timedelta(seconds=min(problem.after, 3600)))
            await self.clock.sleep(min(wait, LONGEST_PAUSE))
            pause *= 2
        return await work()


@asynccontextmanager
async def opened(reach: Reach, clock: Clock, most: int = 16) -> AsyncIterator[Line]:
    """A line with at most so many connections. Raises ObjectStoreError where the certificates
    cannot be used."""
    connector = aiohttp.TCPConnector(limit=most, ssl=_trust(reach))
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=_SILENCE,
        trust_env=not reach.proxy,
    ) as session:
        yield Line(session, clock, reach.proxy)


def away(ask: Ask, status: int, headers: Mapping[str, str]) -> StoreAway | None:
    """A store that answers, and asks to come again."""
    if status not in BUSY:
        return None
    said = headers.get("Retry-After", "")
    after = float(said) if said.isdigit() and len(said) < 6 else 0.0
    return StoreAway(f"{ask.about}: the object store answers {status}", after)


async def _whole(answer: aiohttp.ClientResponse) -> Reply:
    body = bytearray()
    async for piece in answer.content.iter_chunked(CHUNK):
        body += piece
        if len(body) > LARGEST:
            raise ObjectStoreError("the object store answers at too great a length")
    return Reply(answer.status, answer.headers, bytes(body))


def _trust(reach: Reach) -> ssl.SSLContext:
    if not reach.authority and not reach.certificate:
        return _system_trust()
    try:
        context = ssl.create_default_context()
        if reach.authority:
            context.load_verify_locations(cadata=reach.authority)
        if reach.certificate:
            _show(context, reach)
    except (ssl.SSLError, ValueError):
        raise ObjectStoreError(
            "the certificates cannot be used: 'ca.crt', or 'tls.crt' with its 'tls.key', have to "
            "be in PEM and belong together"
        ) from None
    return context


def _show(context: ssl.SSLContext, reach: Reach) -> None:
    """Python reads a key from a file only: one that nobody else can read, and that goes at once."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "pair")
        file.touch(mode=0o600)
        file.write_text(f"{reach.certificate}\n{reach.key}")
        context.load_cert_chain(file)


@lru_cache(maxsize=1)
def _system_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(error: Exception) -> str:
    """What went wrong, without the URL: it may be signed."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {error.host} is not trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{error.host} cannot be reached: {error.os_error.strerror or 'no connection'}"
    if isinstance(error, TimeoutError):
        return "the object store is silent"
    return f"the connection broke: {type(error).__name__}"
