"""What every journey begins with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.journey import Journey, journey_on
from tests.servers import ApiServer


@pytest.fixture
async def journey(
    api_server: ApiServer, namespace: str, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    """A journey in a namespace of its own, on each API server in turn."""
    async with journey_on(api_server, namespace, tmp_path, unused_tcp_port) as ours:
        yield ours
