from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake.oci_world import OciWorld
from tests.fake.registries import fake, real, registry

__all__ = ["fake", "real", "registry", "world"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[OciWorld]:
    async with OciWorld(tmp_path) as world:
        yield world
