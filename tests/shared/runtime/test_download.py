"""What the flags say of downloads reaches them."""

from __future__ import annotations

import asyncio

import pytest

from shared.api.artifact import Artifact
from shared.artifact.error import ArtifactError
from shared.runtime.download import DownloadService
from tests.fake.clock import ManualClock

ARTIFACT = Artifact(
    digest=f"sha256:{'0' * 64}",
    last_update_time="2026-01-01T00:00:00Z",
    path="a",
    revision="main@sha1:1",
    url="http://169.254.169.254/latest/meta-data",
)


@pytest.mark.parametrize("hosts", ["source-controller.flux-system.svc", " a , b:8080 ,"])
async def test_an_address_that_a_status_names_is_not_asked_where_others_are_allowed(
    hosts: str,
) -> None:
    service = DownloadService(ManualClock(), 0, hosts)
    running = asyncio.create_task(service.run())

    with pytest.raises(ArtifactError, match=r"169\.254\.169\.254 is no server .* --artifact-hosts"):
        await service.tree(ARTIFACT)

    running.cancel()
    await asyncio.wait([running])
