"""The embedded server, for tests of what only it does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest

from apiserver.server import Server
from tests.contract.api import Api


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """An embedded server, empty."""
    async with Server() as running:
        yield running


@pytest.fixture
async def api(server: Server) -> AsyncIterator[Api]:
    """Plain HTTP to it."""
    dumps = lambda value: orjson.dumps(value).decode()  # noqa: E731 - what aiohttp wants
    async with aiohttp.ClientSession(server.url, json_serialize=dumps) as session:
        yield Api(session)
