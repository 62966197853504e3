"""From an object store to the cluster; and artifacts that several replicas serve from a bucket."""

from __future__ import annotations

import itertools
import json
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from shared.manifest.identity import Manifest, section
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import Journey, journey_by, journey_on, ready_of
from tests.journeys.scene import page, there, title_of
from tests.real.s3_server import ACCESS_KEY, SECRET_KEY, RealS3
from tests.servers import ApiServer

pytestmark = [pytest.mark.journey, pytest.mark.slow]

NUMBERS = itertools.count(1)
KEYS = {"accesskey": ACCESS_KEY, "secretkey": SECRET_KEY}


@pytest.fixture
async def journey(
    api_server: ApiServer, namespace: str, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    async with journey_on(api_server, namespace, tmp_path, unused_tcp_port) as ours:
        yield ours


def of_kind(journey: Journey, kind: str, spec: Manifest) -> Manifest:
    group = "kustomize.toolkit" if kind == "Kustomization" else "source.toolkit"
    return {
        "apiVersion": f"{group}.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": "apps", "namespace": journey.namespace},
        "spec": spec,
    }


async def follow(journey: Journey, s3: RealS3, bucket: str) -> None:
    """Ask for a bucket to be followed, and for all of it to be applied."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys", "namespace": journey.namespace},
        "stringData": KEYS,
    }
    await journey.apply(secret)
    source = {
        "interval": "1s", "endpoint": s3.address, "bucketName": bucket, "insecure": True,
        "secretRef": {"name": "keys"},
    }  # fmt: skip
    await journey.apply(of_kind(journey, "Bucket", source))
    reference = {"kind": "Bucket", "name": "apps"}
    wanted = {"interval": "10m", "retryInterval": "1s", "prune": True, "sourceRef": reference}
    await journey.apply(
        of_kind(journey, "Kustomization", {**wanted, "targetNamespace": journey.namespace})
    )


def pages(**titles: str) -> dict[str, bytes]:
    return {f"{name}.yaml": page(name, title).encode() for name, title in titles.items()}


async def until_titled(journey: Journey, name: str, title: str) -> None:
    async def titled() -> bool:
        return await title_of(journey, name) == title

    await journey.until(titled, f"{name} says {title}")


async def test_what_is_in_a_bucket_is_applied_and_follows_it(journey: Journey, s3: RealS3):
    bucket = s3.bucket(f"journey-{next(NUMBERS)}")
    await s3.put(bucket, pages(shop="one", gone="soon"))
    await follow(journey, s3, bucket)
    await until_titled(journey, "shop", "one")

    await s3.put(bucket, pages(shop="two", more="new"))
    await s3.delete(bucket, "gone.yaml")

    await until_titled(journey, "shop", "two")
    await until_titled(journey, "more", "new")

    async def pruned() -> bool:
        return not await there(journey, ["gone"])

    await journey.until(pruned, "what is gone from the bucket goes from the cluster")


@pytest.fixture
async def replicas(
    api_server: ApiServer, namespace: str, tmp_path: Path, s3: RealS3, monkeypatch
) -> AsyncIterator[tuple[Journey, list[int], str]]:
    """Two source controllers that keep artifacts in one bucket, and a Kustomization's controller.
    The ports that they serve at, and the bucket."""
    # What the processes find in their environment.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    ports, store = [free_port(), free_port()], s3.bucket(f"replicas-{next(NUMBERS)}")
    elected = [
        "--watch-all-namespaces=false", "--enable-leader-election=true",
        "--leader-election-lease-duration=3s", "--leader-election-renew-deadline=2s",
        "--leader-election-retry-period=500ms",
    ]  # fmt: skip
    sources = [
        [
            *command("source_controller", kubeconfig=api_server.kubeconfig), *elected,
            f"--storage-path={tmp_path / str(port)}", f"--storage-addr=127.0.0.1:{port}",
            f"--storage-adv-addr=127.0.0.1:{ports[1]}", f"--storage-bucket={store}",
            f"--storage-bucket-endpoint={s3.address}", "--storage-bucket-insecure=true",
        ]
        for port in ports
    ]  # fmt: skip
    applier = [*command("kustomize_controller", kubeconfig=api_server.kubeconfig), elected[0]]
    controllers = Controllers([*sources, applier], namespace, tmp_path / "controllers.log")
    async with journey_by(controllers, api_server, namespace, tmp_path) as journey:
        yield journey, ports, store


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def artifact_of(journey: Journey) -> Manifest:
    found = await journey.find("Bucket", "apps")
    return section(section(found or {}, "status"), "artifact")


async def served(ports: list[int], path: object) -> list[tuple[int, str]]:
    """The status and the tag that each replica answers with."""
    answers = []
    async with aiohttp.ClientSession() as session:
        for port in ports:
            try:
                async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
                    await answer.read()
                    answers.append((answer.status, answer.headers.get("ETag", "")))
            except aiohttp.ClientConnectorError:
                answers.append((0, ""))
    return answers


async def test_every_replica_serves_what_the_leader_stored_and_one_goes_on_alone(
    replicas: tuple[Journey, list[int], str], s3: RealS3
):
    journey, ports, _ = replicas
    bucket = s3.bucket(f"journey-{next(NUMBERS)}")
    await s3.put(bucket, pages(shop="one"))
    await follow(journey, s3, bucket)
    await until_titled(journey, "shop", "one")

    artifact = await artifact_of(journey)
    tag = json.dumps(artifact["digest"])

    async def both() -> bool:
        return await served(ports, artifact["path"]) == [(200, tag), (200, tag)]

    # A replica that is slower to start serves a moment later.
    await journey.until(both, "both replicas serve the artifact")
    assert await served(ports, "bucket/x/y/z.tar.gz") == [(404, ""), (404, "")]

    # Whichever of the two is leader: the other one takes over, and has all that there was.
    first = journey.controllers.processes.pop(0)
    first.send_signal(signal.SIGKILL)
    await first.wait()
    assert await served(ports[1:], artifact["path"]) == [(200, tag)]
    await s3.put(bucket, pages(shop="two"))

    await until_titled(journey, "shop", "two")
    found = await journey.find("Bucket", "apps")
    assert ready_of(found or {})["status"] == "True"
