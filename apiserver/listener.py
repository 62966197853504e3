"""What listens: aiohttp's own server, whose last word is a Status too.

aiohttp answers in plain words what it cannot read, and where a handler raises; and it logs either.
Clients of Kubernetes read a Status there, so this gives it that form; only a bug of ours is logged.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from apiserver.refusal import Refusal, bad_request, internal_error
from apiserver.reply import JSON
from apiserver.value import encode

HEAD_LIMIT = 1024 * 1024
"""The most bytes of a line of a request's head: selectors of many thousand names are there."""


class Listener(web.Server):
    """A server of HTTP with our own connections."""

    def __call__(self) -> RequestHandler:
        """One connection. Bodies are taken as they are sent, as the real server does."""
        return _Connection(
            self,
            loop=self._loop,
            max_line_size=HEAD_LIMIT,
            max_field_size=HEAD_LIMIT,
            auto_decompress=False,
            **self._kwargs,
        )


class _Connection(RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer; log what is a bug. Raises ConnectionError where an answer has begun."""
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _told(_unreadable(exc))
        response = super().handle_error(request, status, exc, message)
        if status != HTTPStatus.INTERNAL_SERVER_ERROR:
            return response
        return _told(internal_error())


def _unreadable(error: BaseException | None) -> Refusal:
    """The refusal of what is no request in HTTP."""
    if isinstance(error, LineTooLong):
        code = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return Refusal(code, "", f"a line of the request's head is longer than {HEAD_LIMIT} bytes")
    return bad_request("the request is not in HTTP")


def _told(refusal: Refusal) -> web.Response:
    told = web.Response(status=refusal.code, body=encode(refusal.status()))
    told.content_type = JSON
    told.force_close()
    return told
