"""Requests to one API server, over connections that are kept; tried again where that is safe."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from shared.cluster.access import Access
from shared.cluster.answer import error_of, is_misfit
from shared.cluster.error import ClusterError, Unreachable
from shared.cluster.kubeconfig import access_of
from shared.cluster.request import METHODS, Request
from shared.cluster.retry import Effort, Setback, asked_for, pause
from shared.cluster.throttle import FAIRNESS, Throttle
from shared.cluster.trust import Trust
from shared.reconcile.clock import Clock

AT_ONCE = 64
"""Requests in flight. Watches and Leases have connections of their own and never queue for one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the server may take. `answer`: it gives up on a request itself after a minute.
    `watch`: it sends a bookmark each minute; one that is silent for longer was cut without a word.
    """

    answer: aiohttp.ClientTimeout = field(
        default_factory=lambda: aiohttp.ClientTimeout(total=60, sock_connect=10)
    )
    watch: aiohttp.ClientTimeout = field(
        default_factory=lambda: aiohttp.ClientTimeout(sock_connect=10, sock_read=90)
    )


LIMITS = Limits()


class _Lost(Exception):
    """There was no answer, or it broke off. `sent`: whether the server may have seen the request;
    `distrusted`: whether we did not take the server's certificate."""

    def __init__(self, error: Exception) -> None:
        super().__init__(_in_words(error))
        self.sent = not isinstance(
            error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
        )
        self.distrusted = isinstance(error, aiohttp.ClientConnectorCertificateError)


class _Answer:
    """An answer, read whole."""

    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self.status = response.status
        self.body = body
        self.retry_after = asked_for(response.headers.get("Retry-After", ""))


class Connection:
    """An API server that we speak to. Use it as a context, or `close` it at the end. Without a
    `throttle` we ask as fast as we can. `received`: bytes of answers so far."""

    def __init__(
        self,
        access: Access,
        clock: Clock,
        throttle: Throttle | None = None,
        *,
        limits: Limits = LIMITS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._access = access
        self._clock = clock
        self._throttle = throttle or Throttle(clock, qps=0)
        self._limits = limits
        self._chance = chance
        self._trust = Trust(access, clock)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self.received = 0

    @classmethod
    def configured(cls, kubeconfig: str, clock: Clock, throttle: Throttle | None = None) -> Self:
        """The way to the cluster as the flags and the environment give it. Raises AccessError."""
        return cls(access_of(kubeconfig, os.environ, clock), clock, throttle)

    @property
    def server(self) -> str:
        """The URL of the server."""
        return self._access.server

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; all of them too where the closing of one is cancelled."""
        async with AsyncExitStack() as stack:
            for session in self._sessions.values():
                stack.push_async_callback(session.close)
            self._sessions.clear()

    def requests(self) -> Iterable[tuple[str, str, int]]:
        """What was sent so far: verb, resource, how many times."""
        return ((verb, resource, number) for (verb, resource), number in self._counts.items())

    async def send(self, request: Request) -> bytes:
        """The body of the answer. Raises ClusterError, after further tries where they are safe."""
        started = self._clock.monotonic()
        tries = 0
        while True:
            tries += 1
            answer = await self._tried(request)
            if isinstance(answer, _Answer) and _is_done(request, answer.status, tries):
                return answer.body
            elapsed = timedelta(seconds=self._clock.monotonic() - started)
            effort = Effort(tries, elapsed, limit=1 if request.urgent else 5)
            wait = pause(
                _setback(answer), effort, idempotent=request.idempotent, chance=self._chance()
            )
            if wait is None:
                raise _error(request, answer)
            await self._clock.sleep(wait)

    async def stream(self, request: Request) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer that does not end by itself, as they come; the first one is
        empty, and says that the server has taken the request. Tried once.

        Raises ClusterError; Unreachable where the stream breaks off or stays silent too long.
        """
        try:
            async with self._opened(request, self._limits.watch) as response:
                if response.status >= 400:
                    raise _error(request, _Answer(response, await response.read()))
                try:
                    yield b""
                    async for piece in response.content.iter_any():
                        self.received += len(piece)
                        yield piece
                finally:
                    _cut(response)
        except _Lost as lost:
            raise _error(request, lost) from lost

    async def _tried(self, request: Request) -> _Answer | _Lost:
        """One try, whatever comes of it."""
        try:
            async with self._opened(request, self._limits.answer) as response:
                answer = _Answer(response, await response.read())
                self.received += len(answer.body)
                return answer
        except _Lost as lost:
            return lost

    @asynccontextmanager
    async def _opened(
        self, request: Request, timeout: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer that has begun. Where we or the server were not recognised, what we know of
        either is read again, once: tokens and CAs rotate."""
        if not request.urgent:
            await self._throttle.turn()
        try:
            async with self._sent(request, timeout, fresh=False) as response:
                if response.status != 401:
                    yield response
                    return
        except _Lost as lost:
            if not lost.distrusted:
                raise
        async with self._sent(request, timeout, fresh=True) as response:
            yield response

    @asynccontextmanager
    async def _sent(
        self, request: Request, timeout: aiohttp.ClientTimeout, *, fresh: bool
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        identity = await self._access.credential.identity(fresh=fresh)
        trust = await self._trust.context(identity, fresh=fresh)
        headers = {"User-Agent": "penstock", **self._access.headers, **request.headers()}
        if identity.authorization:
            headers["Authorization"] = identity.authorization
        self._counts[request.verb, request.resource] += 1
        try:
            async with self._session(lasting=request.urgent or request.verb == "watch").request(
                METHODS[request.verb],
                URL(self._access.server + request.path, encoded=True),
                params=request.query,
                data=request.body,
                headers=headers,
                timeout=timeout,
                ssl=trust or True,
                server_hostname=self._access.server_name or None,
                proxy=self._access.proxy or None,
                allow_redirects=False,
            ) as response:
                if FAIRNESS in response.headers:
                    self._throttle.lift()
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _Lost(error) from error

    def _session(self, *, lasting: bool) -> aiohttp.ClientSession:
        """The pool for requests, or the one for what must not wait for a place in it."""
        session = self._sessions.get(lasting)
        if session is None:
            connector = aiohttp.TCPConnector(limit=0 if lasting else AT_ONCE, keepalive_timeout=60)
            session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_once,)
            )
            self._sessions[lasting] = session
        return session


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp sends some requests again by itself, unseen: a deletion then finds nothing and looks
    as if it had failed. Whether there is another try is decided in one place, `retry.py`."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost(error) from error


def _cut(response: aiohttp.ClientResponse) -> None:
    """End a connection that is in the middle of an answer. A TLS goodbye would outlive us: nobody
    waits for it."""
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


def _is_done(request: Request, status: int, tries: int) -> bool:
    """Whether the server did what was asked. An object that is gone when its deletion is asked for
    once more went by the first try, whose answer was lost."""
    return status < 300 or (request.verb == "delete" and tries > 1 and status == 404)


def _setback(answer: _Answer | _Lost) -> Setback:
    if isinstance(answer, _Lost):
        return Setback(sent=answer.sent)
    misfit = is_misfit(answer.status, answer.body)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if misfit else answer.status
    return Setback(status, asked=answer.retry_after)


def _error(request: Request, answer: _Answer | _Lost) -> ClusterError:
    if isinstance(answer, _Lost):
        return Unreachable(f"{request.doing}: {answer}")
    return error_of(request.doing, answer.status, answer.body, secret=request.secret)


def _in_words(error: Exception) -> str:
    """What happened to a connection."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"the certificate of {error.host} is not trusted: {error.certificate_error}"
        case aiohttp.ClientConnectorError():
            return f"cannot connect to {error.host}:{error.port}: {error.os_error}"
        case TimeoutError():
            return "the API server did not answer in time"
        case _:
            return f"the connection broke off ({str(error) or type(error).__name__})"
