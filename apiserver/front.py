"""The HTTP side: from a request to a page, a verb or a watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from aiohttp import web

from apiserver import body, metric, watch
from apiserver.access.gate import Visit
from apiserver.call import Answer, Call
from apiserver.cluster import Cluster
from apiserver.form import Form, Page, Partial, Whole
from apiserver.line import Lines, frame
from apiserver.listing import selection_of
from apiserver.metric import Metrics
from apiserver.negotiation import form_name
from apiserver.page import Pages
from apiserver.reception import Book
from apiserver.refusal import (
    Refusal,
    bad_request,
    expired,
    method_not_allowed,
    no_such_resource,
    too_large_body,
)
from apiserver.reply import lost, mark, reply
from apiserver.resource import Resource
from apiserver.route import Target, flag
from apiserver.storage import Record
from apiserver.table import Table
from apiserver.value import encode
from apiserver.verb import Verbs, require

READING_LIMIT = 60.0
"""Seconds that a client has for sending a body."""

_ONE = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_MANY = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}


class Front:
    """Answers HTTP requests about a cluster; `books` are told of watches that begin."""

    def __init__(
        self, cluster: Cluster, verbs: Verbs, metrics: Metrics, books: Sequence[Book]
    ) -> None:
        self._cluster = cluster
        self._verbs = verbs
        self._metrics = metrics
        self._books = books
        self._pages = Pages(cluster.registry)
        self._lines = Lines()
        self._feeds: set[watch.Feed] = set()

    def drop_watches(self) -> None:
        """End all watches; their clients may resume."""
        for feed in self._feeds:
            feed.finish()

    async def answer(
        self, request: web.BaseRequest, target: Target | None, visit: Visit
    ) -> web.StreamResponse:
        """The answer to a request that was let in. Raises Refusal."""
        resource = self._resource(target)
        if target is None or resource is None:
            return await self._page(request)
        data = await _read(request)
        query, headers = request.rel_url.query, request.headers
        call = Call(resource, target, query, headers, data, visit.user)
        verb = _verb(request.method, call)
        require(call, verb)
        if verb in ("list", "get") and flag(call.query, "watch"):
            return await self._watch(request, call, visit)
        return await self._carry_out(request, call, verb)

    def _resource(self, target: Target | None) -> Resource | None:
        if target is None:
            return None
        found = self._cluster.registry.find(target.group, target.version, target.plural)
        is_inside = found is not None and (found.namespaced or not target.namespace)
        return found if is_inside else None

    async def _page(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/metrics":
            return await reply(request, await self._metrics.text(), media=metric.MEDIA)
        found = self._pages.find(request.path, request.headers)
        if found is None:
            if self._cluster.registry.has_built_in(request.path):
                raise no_such_resource()
            return lost()
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed()
        return await reply(request, found[0], media=found[1])

    async def _carry_out(self, request: web.BaseRequest, call: Call, verb: str) -> web.Response:
        form = self._form(call)
        try:
            answer = self._verb(verb)(call)
        finally:
            # Even a refusal tells of what others have written.
            await self._cluster.storage.journal.settled()
        told = [each for each in [call.resource.deprecation] if each]
        if isinstance(answer, Page):
            return await reply(request, form.page(answer), warnings=told)
        content = answer.content
        bytes_ = form.one(content) if isinstance(content, Record) else encode(content)
        return await reply(request, bytes_, code=answer.code, warnings=told + answer.warnings)

    def _verb(self, verb: str) -> Callable[[Call], Answer | Page]:
        verbs = self._verbs
        table: dict[str, Callable[[Call], Answer | Page]] = {
            "get": verbs.get,
            "list": verbs.list,
            "create": verbs.create,
            "update": verbs.update,
            "patch": verbs.patch,
            "delete": verbs.delete,
            "deletecollection": verbs.delete_collection,
        }
        return table[verb]

    def _form(self, call: Call) -> Form:
        match form_name(call.accept):
            case "partial" | "partials" as name:
                return Partial(call.resource, is_list=name == "partials")
            case "table":
                include = call.query.get("includeObject", "")
                return Table(call.resource, self._cluster.clock.now, include)
            case _:
                return Whole(call.resource)

    async def _watch(
        self, request: web.BaseRequest, call: Call, visit: Visit
    ) -> web.StreamResponse:
        selection = selection_of(call.query, call.resource, call.target)
        if call.target.name:
            return lost()
        wanted = watch.request_of(call.query, call.resource, selection)
        stream = watch.Watch(self._cluster, wanted, self._form(call), self._lines)
        feed = watch.Feed(self._cluster, call.resource)
        self._feeds.add(feed)
        try:
            response = _stream_response(visit)
            for book in self._books:
                book.began(visit, response.status)
            return await _stream(request, response, stream, feed)
        finally:
            feed.close()
            self._feeds.discard(feed)


def _stream_response(visit: Visit) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.headers["Cache-Control"] = "no-cache, private"
    mark(response, visit.letter.number)
    response.enable_chunked_encoding()
    return response


async def _stream(
    request: web.BaseRequest,
    response: web.StreamResponse,
    stream: watch.Watch,
    feed: watch.Feed,
) -> web.StreamResponse:
    # Gathered before the first await: nothing falls between what is there and the feed.
    first = _beginning(stream)
    await stream.settled()
    try:
        await response.prepare(request)
        await response.write(first[0])
        if not first[1]:
            return response
        async with aclosing(stream.follow(feed)) as following:
            async for lines in following:
                if lines:
                    await stream.settled()
                    await response.write(lines)
        await response.write_eof()
    except (ConnectionError, Refusal):
        # The client went away: the usual end of a watch. Or nothing more can be kept.
        return response
    return response


def _beginning(stream: watch.Watch) -> tuple[bytes, bool]:
    """The first lines, and whether more may follow: not after an error."""
    try:
        return b"".join(stream.begin()), True
    except Refusal as refusal:
        if refusal.code != expired("").code:
            raise
        return frame("ERROR", encode(refusal.status())), False


def _verb(method: str, call: Call) -> str:
    verb = (_ONE if call.target.name else _MANY).get(method)
    if method == "POST" and call.target.subresource:
        verb = "create"
    if verb is None:
        raise method_not_allowed()
    return verb


async def _read(request: web.BaseRequest) -> bytes:
    """The body. Raises a 413 as soon as it is known to be too big."""
    if (request.content_length or 0) > body.LIMIT:
        raise too_large_body(body.LIMIT)
    if not request.can_read_body:
        return b""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READING_LIMIT):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > body.LIMIT:
                    raise too_large_body(body.LIMIT)
                chunks.append(chunk)
    except web.RequestPayloadError as error:
        raise bad_request("the body of the request is not in HTTP") from error
    return b"".join(chunks)
