"""What the flags say of downloads reaches them."""

from __future__ import annotations

import asyncio

import pytest

from shared.api.artifact import Artifact
from shared.artifact.error import ArtifactAway, ArtifactError
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


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("SOURCE_CONTROLLER_LOCALHOST", "source-controller.flux-system.svc"),
        ("SOURCE_WATCHER_LOCALHOST", "source-watcher.flux-system.svc"),
    ],
)
async def test_the_environment_says_where_artifacts_are_outside_of_the_cluster(
    monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    monkeypatch.setenv(variable, "127.0.0.1:1")
    service = DownloadService(ManualClock(), 0)
    running = asyncio.create_task(service.run())

    with pytest.raises(ArtifactAway, match=r"127\.0\.0\.1:1/a"):
        await service.tree(ARTIFACT.model_copy(update={"url": f"http://{host}/a"}))

    running.cancel()
    await asyncio.wait([running])
