"""Faults on demand, as a client sees them."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from apiserver.access.attribute import Attributes
from apiserver.fault import Fault
from apiserver.server import Options, Server

PATH = "/api/v1/namespaces/default/configmaps"


def server_with(fault: Fault, verb: str) -> Server:
    def faults(about: Attributes) -> Fault | None:
        return fault if about.verb == verb else None

    return Server(options=Options(faults=faults))


@pytest.mark.parametrize(
    ("fault", "reason", "header"),
    [
        (Fault(code=429, retry_after=3), "TooManyRequests", "3"),
        (Fault(code=500), "InternalError", None),
        (Fault(code=503, retry_after=1), "ServiceUnavailable", "1"),
    ],
)
async def test_a_request_is_refused_on_demand(fault: Fault, reason: str, header: str | None):
    async with (
        server_with(fault, "create") as server,
        aiohttp.ClientSession(server.url) as session,
    ):
        async with session.post(PATH, json={"metadata": {"name": "a"}}) as answer:
            body = await answer.json()
        async with session.get(f"{PATH}/a") as other:
            assert other.status == 404

    assert (answer.status, body["reason"]) == (fault.code, reason)
    assert answer.headers.get("Retry-After") == header


async def test_a_request_is_slowed_down_on_demand():
    async with (
        server_with(Fault(delay=0.05), "list") as server,
        aiohttp.ClientSession(server.url) as session,
    ):
        begin = asyncio.get_running_loop().time()
        async with session.get(PATH) as answer:
            assert answer.status == 200
        assert asyncio.get_running_loop().time() - begin >= 0.05


async def test_a_watch_is_cut_on_demand():
    async with (
        server_with(Fault(cut_after=0.05), "watch") as server,
        aiohttp.ClientSession(server.url) as session,
        session.get(PATH, params={"watch": "1"}) as watch,
    ):
        with pytest.raises(aiohttp.ClientPayloadError):
            await watch.read()
