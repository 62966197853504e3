"""The contract: what every API server that we run against has to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

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
