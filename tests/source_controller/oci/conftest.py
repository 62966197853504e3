from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake.oci_world import OciWorld
from tests.fake.registries import fake, real, registry

__all__ = ["fake", "real", "registry", "world"]


@pytest.fixture
def world(tmp_path: Path) -> OciWorld:
    return OciWorld(tmp_path)
