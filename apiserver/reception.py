"""The reception: each request is let in, answered, and entered in the books."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from aiohttp import web

from apiserver.access.attribute import attributes_of
from apiserver.access.authentication import Certificate
from apiserver.access.gate import Gate, Letter, Visit
from apiserver.cluster import Cluster
from apiserver.fault import Fault, Faults
from apiserver.refusal import Refusal
from apiserver.reply import mark, refuse
from apiserver.route import Target, target_of


class Book(Protocol):
    """Is told of every request."""

    def began(self, visit: Visit, code: int) -> None:
        """The answer to a watch has begun."""

    def closed(self, visit: Visit, code: int) -> None:
        """A request was answered."""


class Desk(Protocol):
    """Answers requests that were let in."""

    async def answer(
        self, request: web.BaseRequest, target: Target | None, visit: Visit
    ) -> web.StreamResponse:
        """The answer. Raises Refusal."""


class Reception:
    """Sees to all requests."""

    def __init__(
        self, cluster: Cluster, gate: Gate, desk: Desk, faults: Faults, books: Sequence[Book]
    ) -> None:
        self._cluster = cluster
        self._gate = gate
        self._desk = desk
        self._faults = faults
        self._books = books

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        target = target_of(request.rel_url.raw_path)
        visit = self._arrival(request, target)
        response: web.StreamResponse
        try:
            self._gate.admit(visit, request.headers, _certificate(request))
            response = await self._answer(request, target, visit)
        except Refusal as refusal:
            visit.refusal = refusal
            response = await refuse(request, refusal)
        if not response.prepared:
            mark(response, visit.letter.number)
        for book in self._books:
            book.closed(visit, response.status)
        return response

    def _arrival(self, request: web.BaseRequest, target: Target | None) -> Visit:
        url = request.rel_url
        letter = Letter(
            url=url.raw_path_qs,
            agent=request.headers.get("User-Agent", ""),
            address=request.remote or "",
            received=self._cluster.clock.now(),
            number=self._cluster.new_uid(),
        )
        return Visit(attributes_of(request.method, url.path, url.query, target), letter)

    async def _answer(
        self, request: web.BaseRequest, target: Target | None, visit: Visit
    ) -> web.StreamResponse:
        fault = self._faults(visit.about)
        if fault is None:
            return await self._desk.answer(request, target, visit)
        await self._cluster.clock.sleep(fault.delay)
        if fault.code:
            raise fault.refusal()
        with _cut(request, fault):
            return await self._desk.answer(request, target, visit)


@contextmanager
def _cut(request: web.BaseRequest, fault: Fault) -> Iterator[None]:
    """Cut the connection after a while, where the fault is that."""
    transport = request.transport
    if fault.cut_after is None or transport is None:
        yield
        return
    timer = asyncio.get_running_loop().call_later(fault.cut_after, transport.abort)
    try:
        yield
    finally:
        timer.cancel()


def _certificate(request: web.BaseRequest) -> Certificate | None:
    """The certificate that the client showed, if any; TLS has checked who signed it."""
    transport = request.transport
    found = transport.get_extra_info("peercert") if transport else None
    return found if isinstance(found, dict) else None
