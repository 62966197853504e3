from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fake.shelf import Shelf, standing
from tests.helm_controller.town import Town, inhabited


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with standing() as shelf:
        yield shelf


@pytest.fixture
async def town(api_server, namespace: str, shelf: Shelf) -> AsyncIterator[Town]:
    async with api_server.client() as client, inhabited(client, namespace, shelf) as town:
        yield town
