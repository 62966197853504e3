from __future__ import annotations

from tests.fake.registries import fake, real, registry

__all__ = ["fake", "real", "registry"]
