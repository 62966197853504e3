"""What the real cosign signed, in a registry of this process (tests/data/source/cosign)."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from shared.oci.credential import Access
from shared.oci.location import parse
from shared.oci.repository import Repository, opened
from tests.fake.clock import ManualClock
from tests.fake.oci_artifact import Artifact
from tests.fake.oci_registry import FakeRegistry

REPOSITORY = "team/apps"
_SAID = orjson.loads((Path(__file__).parents[1] / "data/source/cosign/signed.json").read_bytes())
DIGESTS: dict[str, str] = _SAID["digests"]
"""Of artifacts, by how they are signed: `ecdsa bundle`."""
KEYS: dict[str, str] = _SAID["keys"]
"""Public keys by their names, as PEM."""


@dataclass(frozen=True)
class Signed:
    """The registry with all of it."""

    registry: FakeRegistry

    def fill(self) -> None:
        for reference, (kind, body) in _SAID["manifests"].items():
            held = Artifact(base64.b64decode(body), (), kind)
            self.registry.manifests[REPOSITORY, reference] = held
        for digest, content in _SAID["blobs"].items():
            self.registry.blobs[digest] = base64.b64decode(content)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Repository]:
        location = parse(self.registry.url(REPOSITORY))
        async with opened(location, Access(insecure=True), ManualClock()) as repository:
            yield repository
