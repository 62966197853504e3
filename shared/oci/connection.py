"""Questions to one registry over HTTP: time, size, redirects, and what goes along to where.

A redirect is followed with nothing that signs us in, unless it stays at the same scheme, host and
port; never from https to http, and never from a public to a private address.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from shared.oci.credential import Access
from shared.oci.error import Unreachable
from shared.oci.limit import MIB, Limits
from shared.oci.reach import (
    Origin,
    Proxy,
    bare,
    is_private,
    is_socks,
    is_written_private,
    proxy_of,
)
from shared.reconcile.clock import Clock

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 502, 503, 504})
MOST_REDIRECTS = 5
MOST_AT_ONCE = 100
"""Connections of one session, which many may share."""

MOST_ORIGINS = 100
LONGEST_HEADER = 16 * 1024
AGENT = "penstock"


class Connection:
    """The way to a registry, and to where it sends us."""

    def __init__(
        self, session: aiohttp.ClientSession, access: Access, clock: Clock, limits: Limits
    ) -> None:
        self._session = session
        self._access = access
        self.clock = clock
        self.limits = limits
        self._proxies: dict[Origin, Proxy | None] = {}

    @asynccontextmanager
    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, whatever it says, from where redirects lead to. A registry that is busy is
        asked again. Raises Unreachable."""
        response = await self._patiently(method, url, headers, body)
        try:
            yield response
        finally:
            # What is left unread may be without an end.
            response.close()

    async def _patiently(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None
    ) -> aiohttp.ClientResponse:
        for left in range(self.limits.tries - 1, 0, -1):
            response = await self._follow(method, url, headers, body)
            if response.status not in BUSY:
                return response
            response.close()
            pause = _pause(response.headers.get("Retry-After", ""), self.limits.tries - left)
            await self.clock.sleep(min(pause, self.limits.pause))
        return await self._follow(method, url, headers, body)

    async def _follow(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None
    ) -> aiohttp.ClientResponse:
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._once(method, url, headers, body)
            if response.status not in REDIRECTS or "Location" not in response.headers:
                return response
            response.close()
            if body is not None:
                raise Unreachable(f"{bare(url)} redirects what only it should be told")
            target = _target(url, response.headers["Location"])
            await self._allow(url, target)
            if Origin.of(target) != Origin.of(url):
                headers = {key: value for key, value in headers.items() if key != "Authorization"}
            url = target
        raise Unreachable(f"the registry redirects more than {MOST_REDIRECTS} times")

    async def _allow(self, url: str, target: str) -> None:
        """Raises Unreachable where a redirect is not followed."""
        here, there = Origin.of(url), Origin.of(target)
        if (here.scheme, there.scheme) == ("https", "http"):
            raise Unreachable(f"the registry redirects from https to http, to {bare(target)}")
        if here.host != there.host:
            await self.keep_out(here.host, there.host)

    async def keep_out(self, here: str, there: str) -> None:
        """Raises Unreachable where a host on the internet leads to one within. Where a proxy finds
        the addresses, only those count that are written down."""
        look = is_private if self._is_direct(there) else is_written_private
        if await asyncio.to_thread(look, there) and not await asyncio.to_thread(look, here):
            raise Unreachable(f"the registry leads to the private address {there}")

    def _is_direct(self, host: str) -> bool:
        return not self._access.proxy and proxy_of("", f"https://{host}/") is None

    def _proxy(self, url: str) -> Proxy | None:
        """The proxy to a URL. The environment is large, and looked through once for each origin."""
        origin = Origin.of(url)
        if origin not in self._proxies:
            found = proxy_of(self._access.proxy, url)
            if len(self._proxies) >= MOST_ORIGINS:
                self._proxies.clear()
            self._proxies[origin] = found
        return self._proxies[origin]

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None
    ) -> aiohttp.ClientResponse:
        proxy = self._proxy(url)
        sent = {**headers, "User-Agent": AGENT, "Accept-Encoding": "identity"}
        if proxy and url.startswith("http:"):
            # There is no tunnel: the proxy reads this request itself.
            sent |= proxy.headers
        with reported(url):
            return await self._session.request(
                method,
                # As it was sent: what was signed with a query must not be written another way.
                URL(url, encoded=True),
                headers=sent,
                data=body,
                allow_redirects=False,
                proxy=proxy.url if proxy else None,
                proxy_headers=proxy.headers if proxy and proxy.headers else None,
            )


@asynccontextmanager
async def connected(
    access: Access, context: ssl.SSLContext, clock: Clock, limits: Limits
) -> AsyncIterator[Connection]:
    """A connection that is closed at the end."""
    async with session_of(access, context, limits) as session:
        yield Connection(session, access, clock, limits)


def session_of(access: Access, context: ssl.SSLContext, limits: Limits) -> aiohttp.ClientSession:
    """What sends; the caller closes it. Neither cookies nor a netrc file are known to it. Raises
    InvalidAccess."""
    silence = limits.silence.total_seconds()
    return aiohttp.ClientSession(
        connector=_connector(access, context),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=silence, sock_read=silence),
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
    )


def _connector(access: Access, context: ssl.SSLContext) -> aiohttp.BaseConnector:
    if not is_socks(access.proxy):
        return aiohttp.TCPConnector(ssl=context, limit=MOST_AT_ONCE)
    from shared.oci.socks import connector_through

    return connector_through(access.proxy, context, MOST_AT_ONCE)


async def body_of(response: aiohttp.ClientResponse, most: int, what: str) -> bytes:
    """All of an answer's body. Raises Unreachable where it is more than `most` bytes."""
    taken = bytearray()
    async for chunk in pieces(response):
        taken += chunk
        if len(taken) > most:
            raise Unreachable(f"{what} is larger than {most} bytes")
    return bytes(taken)


async def pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """An answer's body, piece by piece. Raises Unreachable where it is cut off."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable("the registry encodes what it was not asked to encode")
    with reported(str(response.url)):
        async for chunk in response.content.iter_chunked(MIB):
            yield chunk


class reported:  # noqa: N801 - used like a function
    """aiohttp's errors as ours, without what a URL has of secrets."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            said = str(error.certificate_error)
            raise Unreachable(f"{bare(self._url)}: TLS: {said}") from None
        if isinstance(error, aiohttp.ClientSSLError):
            raise Unreachable(f"{bare(self._url)}: {_explained(error)}") from None
        if isinstance(error, (aiohttp.ClientError, OSError, ValueError)):
            said = str(error) or type(error).__name__
            raise Unreachable(f"{bare(self._url)}: {said[:500]}") from None


def _target(url: str, location: str) -> str:
    """Where a redirect leads to. Raises Unreachable where that cannot be read."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise Unreachable("the registry leads to a URL that cannot be read") from None


def _explained(error: aiohttp.ClientSSLError) -> str:
    """A registry that does not speak TLS at all is a frequent mistake."""
    said = str(error.os_error)
    if any(
        sign in said for sign in ("WRONG_VERSION_NUMBER", "record layer failure", "HTTP_REQUEST")
    ):
        return "TLS: the registry does not speak it; plain HTTP needs spec.insecure: true"
    return f"TLS: {said}"


def _pause(retry_after: str, tried: int) -> timedelta:
    """How long a busy registry wants to be left alone; a date, or nonsense, counts as nothing
    said."""
    is_said = retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9
    return timedelta(seconds=int(retry_after) if is_said else tried)
