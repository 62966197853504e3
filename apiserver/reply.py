"""From answers to HTTP: bytes, headers, compression."""

from __future__ import annotations

import asyncio
import gzip
from uuid import uuid4

from aiohttp import web

from apiserver.refusal import Refusal
from apiserver.value import encode

COMPRESS_FROM = 128 * 1024
"""The real server compresses answers from this size on."""

JSON = "application/json"

MOST_WARNINGS = 100
"""As the real server; a client reads only so many bytes of headers."""

_FAIRNESS = {
    "X-Kubernetes-PF-FlowSchema-UID": str(uuid4()),
    "X-Kubernetes-PF-PriorityLevel-UID": str(uuid4()),
}
"""Say that the server sees to fairness itself; clients then do not slow themselves down."""


def mark(response: web.StreamResponse, number: str) -> None:
    """Put on an answer what the real server puts on every one; `number` is the request's own."""
    response.headers.update(_FAIRNESS)
    response.headers["Audit-Id"] = number


def warning_headers(warnings: list[str]) -> list[tuple[str, str]]:
    """Warnings for the person at the client, as kubectl prints them."""
    clean = (each.replace("\\", "\\\\").replace('"', '\\"') for each in warnings[:MOST_WARNINGS])
    return [("Warning", f'299 - "{each}"') for each in clean]


async def reply(
    request: web.BaseRequest,
    body: bytes,
    *,
    code: int = 200,
    media: str = JSON,
    warnings: list[str] | None = None,
) -> web.Response:
    """An answer; compressed where it is big and the client can read that."""
    response = web.Response(status=code, body=body)
    response.headers["Content-Type"] = media
    response.headers["Cache-Control"] = "no-cache, private"
    for name, value in warning_headers(warnings or []):
        response.headers.add(name, value)
    response.headers["Vary"] = "Accept-Encoding"
    if len(body) >= COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.body = await asyncio.to_thread(gzip.compress, body, 1)
        response.headers["Content-Encoding"] = "gzip"
    return response


async def refuse(request: web.BaseRequest, refusal: Refusal) -> web.Response:
    """The Status of a refusal. Where a try later may help, the header says when."""
    response = await reply(
        request, encode(refusal.status()), code=refusal.code, warnings=refusal.warnings
    )
    if refusal.details and "retryAfterSeconds" in refusal.details:
        response.headers["Retry-After"] = str(refusal.details["retryAfterSeconds"])
    return response


def lost() -> web.Response:
    """The plain 404 for a path under which nothing is served."""
    return web.Response(status=404, text="404 page not found\n")
