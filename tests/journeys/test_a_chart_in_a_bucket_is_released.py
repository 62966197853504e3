"""A chart in a bucket of a real S3 server: released, and released anew when the bucket has another
one."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from shared.manifest.identity import Manifest, Ref, section
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import Journey, journey_by, ready_of, storage_in
from tests.journeys.scene import page, there, title_of
from tests.real.s3_server import ACCESS_KEY, SECRET_KEY, RealS3
from tests.servers import ApiServer

pytestmark = [pytest.mark.journey, pytest.mark.slow]

NUMBERS = itertools.count(1)


@pytest.fixture
async def journey(
    api_server: ApiServer, namespace: str, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    words = command("controllers", "source", "helm", kubeconfig=api_server.kubeconfig)
    flags = [*storage_in(tmp_path, unused_tcp_port).flags(), "--watch-all-namespaces=false"]
    controllers = Controllers([words + flags], namespace, tmp_path / "controllers.log")
    async with journey_by(controllers, api_server, namespace, tmp_path) as ours:
        yield ours


def chart(version: str, **titles: str) -> dict[str, bytes]:
    """A chart in a directory of the bucket, with a page for each title."""
    about = {"apiVersion": "v2", "name": "shop", "version": version}
    pages = {
        f"charts/shop/templates/{name}.yaml": page(name, title) for name, title in titles.items()
    }
    files = {"charts/shop/Chart.yaml": json.dumps(about), **pages}
    return {path: text.encode() for path, text in files.items()}


def release_of(journey: Journey) -> Ref:
    return Ref("helm.toolkit.fluxcd.io", "HelmRelease", journey.namespace, "shop", "v2")


async def follow(journey: Journey, s3: RealS3, bucket: str) -> None:
    """Ask for the bucket to be followed, and for the chart in it to be released."""
    meta = {"namespace": journey.namespace}
    keys = {"accesskey": ACCESS_KEY, "secretkey": SECRET_KEY}
    place = {"endpoint": s3.address, "bucketName": bucket, "insecure": True}
    source = {"kind": "Bucket", "name": "charts"}
    wanted = {"chart": "./charts/shop", "interval": "10m", "sourceRef": source}
    await journey.apply({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "keys", **meta}, "stringData": keys,
    })  # fmt: skip
    await journey.apply({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "Bucket",
        "metadata": {"name": "charts", **meta},
        "spec": {"interval": "1s", "secretRef": {"name": "keys"}, **place},
    })  # fmt: skip
    await journey.apply({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": "shop", **meta},
        "spec": {"interval": "10m", "chart": {"spec": wanted}},
    })  # fmt: skip


async def until_released(journey: Journey, number: int, version: str) -> Manifest:
    """Wait until the release is Ready, with this number and of this version of the chart."""

    async def released() -> Manifest | None:
        found = await journey.client.get(release_of(journey))
        history = cast("list[Manifest]", section(found, "status").get("history") or [{}])
        is_there = (history[0].get("version"), history[0].get("chartVersion")) == (number, version)
        return found if is_there and ready_of(found)["status"] == "True" else None

    return await journey.until(released, f"the release {number} of {version}")


async def test_a_chart_in_a_bucket_is_installed_and_upgraded_when_the_bucket_changes(
    journey: Journey, s3: RealS3
):
    bucket = s3.bucket(f"charts-{next(NUMBERS)}")
    await s3.put(bucket, chart("1.0.0", shop="one", gone="soon"))
    await follow(journey, s3, bucket)
    await until_released(journey, 1, "1.0.0")
    assert await title_of(journey, "shop") == "one"
    assert await there(journey, ["gone"])

    await s3.delete(bucket, "charts/shop/templates/gone.yaml")
    await s3.put(bucket, chart("1.1.0", shop="two"))

    await until_released(journey, 2, "1.1.0")
    assert await title_of(journey, "shop") == "two"
    assert not await there(journey, ["gone"])
