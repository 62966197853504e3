from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fake.cosign import Signed
from tests.fake.oci_registry import fake_registry


@pytest.fixture
async def signed() -> AsyncIterator[Signed]:
    async with fake_registry() as registry:
        found = Signed(registry)
        found.fill()
        yield found
