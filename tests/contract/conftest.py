"""The contract: what every API server that we run against has to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests import servers
from tests.contract.api import Api
from tests.servers import ApiServer


@pytest.fixture
async def api(api_server: ApiServer) -> AsyncIterator[Api]:
    """Plain HTTP to each API server in turn."""
    async with api_server.session() as session:
        yield Api(session)
    # A closed session leaves the end of its TLS connections to the next turns of the loop.
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture(params=["embedded", pytest.param("kube", marks=pytest.mark.real)])
async def guarded_server(request: pytest.FixtureRequest) -> AsyncIterator[ApiServer]:
    """Each API server in turn, as one that asks who somebody is and what they may."""
    if request.param == "kube":
        yield request.getfixturevalue("kube")
        return
    async with servers.embedded(secure=True) as server:
        yield server
