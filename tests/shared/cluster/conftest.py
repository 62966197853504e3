import pytest

from shared.cluster.access import Access
from shared.cluster.client import Client
from shared.cluster.connection import Connection
from tests.fake.api_server import ScriptedServer
from tests.fake.clock import ManualClock


@pytest.fixture
async def server():
    async with ScriptedServer() as server:
        yield server


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def client(server, clock):
    async with Connection(Access(server.url), clock, chance=lambda: 0.5) as connection:
        yield Client.on(connection)
