"""Buckets as Flux's source-controller and ours see them: one server, one bucket, two objects."""

from __future__ import annotations

import asyncio
import io
import itertools
import socket
import tarfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref, section
from tests import servers
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import install
from tests.peers import peer
from tests.real.s3_server import ACCESS_KEY, SECRET_KEY, RealS3

pytestmark = [pytest.mark.journey, pytest.mark.slow]

HOME = "flux-system"
LIMIT = 60.0
NUMBERS = itertools.count(1)
WHO = ("flux", "ours")

FILES = {
    "a.yaml": "one", "README.md": "read", "picture.png": "png", ".gitignore": "x", "a b+c": "odd",
    "apps/web/deploy.yaml": "web", "apps/web/notes.md": "notes", "apps/api/deploy.yaml": "api",
    "apps2/x": "x", "zz/ä/ö": "umlaut",
}  # fmt: skip

CASES = {
    "all": ({}, {}),
    "below a prefix": ({"prefix": "apps/"}, {}),
    "a prefix that is no directory": ({"prefix": "apps"}, {}),
    "ignored by the spec": ({"ignore": "*.md\n/apps2/\n!README.md\n"}, {}),
    "ignored by the bucket": ({}, {".sourceignore": "*.md\n# no\n"}),
    "ignored by both": ({"ignore": "!notes.md"}, {".sourceignore": "*.md\napps2"}),
    "below a prefix, ignored": ({"prefix": "apps/web"}, {".sourceignore": "*.yaml"}),
    "nothing left": ({"ignore": "/*"}, {}),
    "no bucket": ({"bucketName": "nowhere"}, {}),
    "no secret": ({"secretRef": {"name": "none"}}, {}),
}


@dataclass(frozen=True)
class Pair:
    """Both controllers at work on one API server."""

    client: Client
    s3: RealS3

    async def make(self, name: str, who: str, spec: Manifest) -> None:
        bucket: Manifest = {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "Bucket",
            "metadata": {"name": f"{name}-{who}", "namespace": HOME, "labels": {"who": who}},
            "spec": {"interval": "10m", "endpoint": self.s3.address, "insecure": True, **spec},
        }
        await self.client.apply(bucket, manager="someone")

    async def settled(self, name: str, who: str) -> Manifest:
        """The status, once the controller has come to an end."""
        ref = Ref("source.toolkit.fluxcd.io", "Bucket", HOME, f"{name}-{who}", "v1")
        until = time.monotonic() + LIMIT
        status: Manifest = {}
        while time.monotonic() < until:
            status = section(await self.client.get(ref), "status")
            ready = conditions(status).get("Ready", ("",))[0]
            # Flux writes conditions first, and all else by another request.
            if ready == "False" or (ready == "True" and status.get("observedGeneration") == 1):
                return status
            await asyncio.sleep(0.1)
        raise AssertionError(f"{who} came to no end: {status}")


@pytest.fixture(scope="module")
def flux_binary() -> Path:
    return peer("source-controller")


@pytest.fixture
async def pair(flux_binary: Path, s3: RealS3, tmp_path: Path) -> AsyncIterator[Pair]:
    async with servers.embedded() as server, server.client() as client:
        await install(client)
        for manifest in (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}},
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "keys", "namespace": HOME},
                "stringData": {"accesskey": ACCESS_KEY, "secretkey": SECRET_KEY},
            },
        ):
            await client.apply(manifest, manager="someone")
        commands = [
            theirs(flux_binary, server.kubeconfig, tmp_path / "flux"),
            ours(server.kubeconfig, tmp_path / "ours"),
        ]
        controllers = Controllers(commands, HOME, tmp_path / "controllers.log")
        await controllers.start()
        try:
            yield Pair(client, s3)
        finally:
            await controllers.end()


def theirs(binary: Path, kubeconfig: Path, place: Path) -> list[str]:
    place.mkdir()
    address = free_address()
    return [
        "env", f"KUBECONFIG={kubeconfig}", str(binary), "--metrics-addr=0",
        "--health-addr=127.0.0.1:0", "--events-addr=", "--watch-label-selector=who=flux",
        f"--storage-path={place}", f"--storage-addr={address}", f"--storage-adv-addr={address}",
    ]  # fmt: skip


def ours(kubeconfig: Path, place: Path) -> list[str]:
    flags = [f"--storage-path={place}", f"--storage-addr={free_address()}"]
    return [
        *command("source_controller", kubeconfig=kubeconfig),
        "--watch-label-selector=who=ours",
        *flags,
    ]


def free_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def conditions(status: Manifest) -> dict[str, tuple[str, str, str]]:
    found = status.get("conditions")
    return {
        one["type"]: (one["status"], one["reason"], one["message"])
        for one in (found if isinstance(found, list) else [])
    }


async def entries(status: Manifest) -> list[tuple[str, int, bytes]]:
    """The entries of the archive: name, mode and content."""
    url = str(section(status, "artifact")["url"])
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        content = await answer.read()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [
            (one.name, one.mode, (file.read() if (file := archive.extractfile(one)) else b"-"))
            for one in archive
        ]


async def test_both_make_the_same_of_a_bucket(pair: Pair):
    for number, (title, (spec, more)) in enumerate(CASES.items()):
        name = pair.s3.bucket(f"beside-{next(NUMBERS)}")
        await pair.s3.put(name, {key: text.encode() for key, text in {**FILES, **more}.items()})
        for who in WHO:
            await pair.make(
                f"case{number}", who, {"bucketName": name, "secretRef": {"name": "keys"}, **spec}
            )
        flux, us = [await pair.settled(f"case{number}", who) for who in WHO]

        assert said(us) == said(flux), title
        artifacts = [section(one, "artifact") for one in (us, flux)]
        assert artifacts[0].get("revision") == artifacts[1].get("revision"), title
        assert us.get("observedIgnore") == flux.get("observedIgnore"), title
        if artifacts[0]:
            paths = [str(one["path"]).rpartition("/")[2] for one in artifacts]
            assert paths[0] == paths[1], title
            assert str(us["url"]).endswith("/latest.tar.gz")
            assert await entries(us) == await entries(flux), title


def said(status: Manifest) -> dict[str, tuple[str, ...]]:
    """The conditions; of failures not the server's own words, which each puts in its own way."""
    return {
        kind: (
            state,
            reason,
            message if state == "True" and kind != "FetchFailed" else message[:24],
        )
        for kind, (state, reason, message) in conditions(status).items()
        if kind != "Reconciling"
    }
