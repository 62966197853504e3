"""What listens: aiohttp's own server, whose last word on a bug of ours is a Status.

aiohttp catches what a handler raises, logs it, answers a 500 and closes the connection; the server
goes on. Clients of Kubernetes read a Status there, so this gives it that form.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from apiserver.refusal import internal_error
from apiserver.reply import JSON
from apiserver.value import encode


class Listener(web.Server):
    """A server of HTTP with our own connections."""

    def __call__(self) -> RequestHandler:
        """One connection."""
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Log, and answer. Raises ConnectionError where an answer has begun."""
        response = super().handle_error(request, status, exc, message)
        if status != HTTPStatus.INTERNAL_SERVER_ERROR:
            return response
        told = web.Response(status=status, body=encode(internal_error().status()))
        told.content_type = JSON
        told.force_close()
        return told
