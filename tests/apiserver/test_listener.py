"""What a client is told where a handler has a mistake in it."""

from __future__ import annotations

import logging

import aiohttp
import pytest
from aiohttp import web

from apiserver.listener import Listener


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
