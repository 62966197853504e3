from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from shared.cloud.error import CloudError
from shared.cloud.web import Call, Reply, WebService
from tests.fake.certificates import Authority, server_context
from tests.fake.cloud import serving

OURS = Authority("ours")


@asynccontextmanager
async def running() -> AsyncIterator[WebService]:
    """The service, for a while."""
    service = WebService()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(service.run())
        yield service
        task.cancel()


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    """Says what was asked, in pieces; or turns round whoever goes elsewhere."""
    if request.path == "/away":
        return web.Response(status=307, headers={"location": "https://evil.example.org/"})
    said = web.StreamResponse()
    await said.prepare(request)
    for piece in (request.method.encode(), b" ", await request.read()):
        await said.write(piece)
        await asyncio.sleep(0)
    await said.write_eof()
    return said


def tls(directory: Path):
    return server_context(OURS.sign("cloud"), directory)


async def test_an_answer_in_pieces_is_read_whole(tmp_path: Path) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        found = await service.ask(Call(url, body=b"body" * 9_999, ca=OURS.certificate))

    assert found == Reply(200, b"POST " + b"body" * 9_999)


@pytest.mark.parametrize("ca", ["", Authority("another").certificate], ids=["none", "another"])
async def test_a_stranger_is_not_trusted(tmp_path: Path, ca: str) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        with pytest.raises(CloudError, match=r"127\.0\.0\.1 cannot be reached"):
            await service.ask(Call(url, ca=ca))


async def test_certificates_that_are_none_are_told() -> None:
    async with running() as service:
        with pytest.raises(CloudError, match="cannot be read"):
            await service.ask(Call("https://127.0.0.1:1/", ca="CANARY"))


async def test_redirects_are_not_followed(tmp_path: Path) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        found = await service.ask(Call(f"{url}/away", ca=OURS.certificate))

    with pytest.raises(CloudError, match="a cloud answers 307"):
        found.fields("a cloud")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/passwd", "https://u:p@a/", ""])
async def test_e10_only_https_is_spoken_to_strangers(url: str) -> None:
    async with running() as service:
        with pytest.raises(CloudError, match="only spoken to by https"):
            await service.ask(Call(url))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "ftp://a/"])
async def test_e10_what_is_near_is_asked_by_http_and_nothing_else(url: str) -> None:
    async with running() as service:
        with pytest.raises(CloudError, match="only spoken to by https"):
            await service.ask(Call(url, near=True))


async def test_what_is_near_is_asked_in_plain() -> None:
    async with running() as service, serving(answer) as url:
        found = await service.ask(Call(url, method="GET", near=True))

    assert found.text("the machine") == "GET "


async def test_a_proxy_is_gone_through() -> None:
    async def proxy(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((request.method, request.headers["proxy-authorization"]))
        return web.Response(status=403)

    seen: list[tuple[str, str]] = []
    async with running() as service, serving(proxy) as url:
        through = url.replace("://", "://user:hunter2@")
        call = Call("https://sts.eu-west-1.amazonaws.com/", proxy=through)
        with pytest.raises(CloudError, match="cannot be reached") as refusal:
            await service.ask(call)

    assert seen == [("CONNECT", "Basic dXNlcjpodW50ZXIy")]
    assert "hunter2" not in str(refusal.value) + repr(call)


async def test_an_answer_without_an_end_is_cut_short() -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        said = web.StreamResponse()
        await said.prepare(request)
        for _ in range(200):
            await said.write(b"x" * (1 << 16))
        return said

    async with running() as service, serving(endless) as url:
        with pytest.raises(CloudError, match="at too great a length"):
            await service.ask(Call(url, near=True))


async def test_nobody_there_is_told_without_the_url() -> None:
    async with running() as service:
        with pytest.raises(CloudError, match=r"127\.0\.0\.1 cannot be reached") as refusal:
            await service.ask(Call("https://127.0.0.1:1/CANARY", {"a": "CANARY"}, b"CANARY"))

    assert "CANARY" not in str(refusal.value)
    assert "CANARY" not in repr(Call("https://x/", {"a": "CANARY"}, b"CANARY", ca="CANARY"))
    assert "CANARY" not in repr(Reply(200, b"CANARY"))
