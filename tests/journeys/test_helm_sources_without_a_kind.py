"""A cluster that does not have all kinds of source: those that it has work, the rest follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from shared.api.bucket import Bucket
from shared.api.definition import KINDS
from tests import servers
from tests.fake.helm_repository import FakeRepository, standing
from tests.fake.patience import eventually
from tests.journeys.controllers import Controllers
from tests.journeys.helm_sources import Scene, free_port, ours, said
from tests.journeys.journey import install

pytestmark = [pytest.mark.slow]

NAMESPACE = "default"
WITHOUT = [kind for kind in KINDS if kind is not Bucket]
BUCKET = "source.toolkit.fluxcd.io/v1/Bucket"


@dataclass(frozen=True)
class Journey(Scene):
    """A cluster without Buckets. `port`: of probes and metrics."""

    charts: FakeRepository
    log: Path
    port: int

    async def asked(self, path: str) -> tuple[int, str]:
        """What the process answers about itself."""
        url = f"http://127.0.0.1:{self.port}/{path}"
        async with aiohttp.ClientSession() as web, web.get(url) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def journey(tmp_path: Path) -> AsyncIterator[Journey]:
    place, port = tmp_path / "data", free_port()
    place.mkdir()
    flags = [f"--health-addr=127.0.0.1:{port}", f"--metrics-addr=127.0.0.1:{port}"]
    async with servers.embedded() as server, server.client() as client, standing() as charts:
        controllers = Controllers(
            [ours(server.kubeconfig, place, *flags)], NAMESPACE, tmp_path / "log"
        )
        await install(client, WITHOUT)
        await controllers.start()
        try:
            yield Journey(client, NAMESPACE, charts, controllers.log, port)
        finally:
            await controllers.end()


async def test_a_kind_that_is_not_installed_holds_nobody_up_and_works_once_it_is(journey):
    journey.charts.add("web", "1.0.0")
    await journey.create(
        "HelmRepository", "charts", spec={"url": journey.charts.url, "interval": "1h"}
    )
    await journey.create("HelmChart", "web", spec={
        "chart": "web", "interval": "1h",
        "sourceRef": {"kind": "HelmRepository", "name": "charts"},
    })  # fmt: skip

    await journey.until_saying("HelmChart", "web", "ChartPullSucceeded")

    assert "kind.missing" in (log := journey.log.read_text())
    assert BUCKET in next(line for line in log.splitlines() if "kind.missing" in line)
    assert f'penstock_missing_kinds{{kind="{BUCKET}"}} 1.0' in (await journey.asked("metrics"))[1]
    assert (await journey.asked("readyz"))[0] == 200

    await install(journey.client, [Bucket])
    spec = {"endpoint": "127.0.0.1:9", "bucketName": "apps", "interval": "1h", "insecure": True}
    await journey.create("Bucket", "apps", spec=spec)
    await journey.until("Bucket", "apps", lambda o: "FetchFailed" in said(o), "looked at")

    assert "penstock_missing_kinds{" not in (await journey.asked("metrics"))[1]
    await eventually(lambda: "kind.served" in journey.log.read_text())
