"""What a client is told where a handler has a mistake in it, or where it speaks no HTTP."""

from __future__ import annotations

import asyncio
import gzip
import logging

import aiohttp
import orjson
import pytest
from aiohttp import web
from yarl import URL

from apiserver.listener import HEAD_LIMIT, Listener
from apiserver.server import Server


async def broken(request: web.BaseRequest) -> web.StreamResponse:
    """A handler with a mistake, and one without."""
    if request.path == "/broken":
        raise KeyError("a secret of ours")
    return web.Response(text="ok")


async def test_a_mistake_of_ours_is_told_as_a_status_and_logged_and_the_server_goes_on(
    caplog: pytest.LogCaptureFixture,
):
    runner = web.ServerRunner(Listener(broken, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    with caplog.at_level(logging.ERROR):
        async with aiohttp.ClientSession(url) as session:
            async with session.get("/broken") as answer:
                status, told = answer.status, await answer.json()
            async with session.get("/fine") as answer:
                after = await answer.text()
    await runner.cleanup()

    assert status == 500
    assert (told["kind"], told["reason"], told["code"]) == ("Status", "InternalError", 500)
    assert "secret" not in str(told)
    assert "KeyError" in caplog.text
    assert after == "ok"


PATH = "/api/v1/namespaces/default/configmaps"
POST = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


async def said(server: Server, request: bytes) -> tuple[int, dict[str, object]]:
    """The code and the Status that a server answers to these bytes."""
    url = URL(server.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    writer.close()
    return int(head.split()[1]), orjson.loads(body)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("GARBAGE\r\n\r\n", 400),
        ("GET /api HTTP/9.9\r\n\r\n", 400),
        ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("BREW /api HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /api HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400),
        (f"{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (f"{POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (f"GET /api?{'a' * 2 * HEAD_LIMIT} HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (f"GET /api HTTP/1.1\r\nHost: a\r\nX: {'a' * 2 * HEAD_LIMIT}\r\n\r\n", 431),
    ],
    ids=["words", "version", "path", "verb", "length", "lengths", "chunk", "url", "header"],
)
async def test_what_is_no_http_is_answered_by_a_status_and_is_no_bug(
    server: Server, request_: str, code: int, caplog: pytest.LogCaptureFixture
):
    status, told = await said(server, request_.encode())

    assert (status, told["kind"], told["code"]) == (code, "Status", code)
    assert caplog.text == ""


async def test_a_body_that_breaks_off_in_the_middle_is_no_bug(
    server: Server, caplog: pytest.LogCaptureFixture
):
    request = f"{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n".encode()
    url = URL(server.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    await writer.drain()
    await asyncio.sleep(0)
    writer.write(b"{}\r\nnonsense\r\n")
    answer = await reader.read(12)
    writer.close()

    assert answer.endswith(b" 400")
    assert caplog.text == ""


async def test_a_body_is_taken_as_it_is_sent(server: Server, caplog: pytest.LogCaptureFixture):
    """The real server unpacks nothing, so a small body cannot become a big one."""
    bomb = gzip.compress(b"{" + b" " * 50_000_000 + b"}")
    head = f"{POST}Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"

    status, told = await said(server, head.encode() + bomb)

    assert (status, told["reason"]) == (400, "BadRequest")
    assert caplog.text == ""
