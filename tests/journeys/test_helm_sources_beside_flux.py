"""The same HelmRepositories and HelmCharts by us and by Flux's own source-controller: they say the
same of the same sources."""

from __future__ import annotations

import asyncio
import json
import tarfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from shared.manifest.identity import Manifest, section
from tests import servers
from tests.fake.certificates import Authority, server_context
from tests.fake.cosign import KEYS
from tests.fake.git_remote import Repository, serving
from tests.fake.helm_repository import FakeRepository, chart_files, packed, standing
from tests.fake.oci_artifact import HELM_LAYER, Layer, artifact
from tests.fake.oci_registry import fake_registry
from tests.journeys.controllers import Controllers
from tests.journeys.helm_sources import Scene, ours, said, theirs
from tests.journeys.journey import install
from tests.peers import peer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CONFIG = Layer(b"{}", "application/vnd.cncf.helm.config.v1+json")
DATA = Path(__file__).parents[1] / "data/source"
CASES = json.loads((DATA / "helm_beside_flux.json").read_text())
UNLIKE = json.loads((DATA / "helm_unlike_flux.json").read_text())


@dataclass
class Pair:
    """Both controllers at work, each in its namespace, on the same sources."""

    ours: Scene
    theirs: Scene
    places: dict[str, str]

    async def create(self, kind: str, name: str, spec: Manifest) -> None:
        for scene in (self.ours, self.theirs):
            await scene.create(kind, name, spec=spec)

    def placed(self, spec: Manifest) -> str:
        """A spec, as JSON, with the places that its words stand for."""
        text = json.dumps(spec)
        for word, value in self.places.items():
            text = text.replace(f"${{{word}}}", value)
        return text

    async def hide(self, name: str, **data: str) -> None:
        for scene in (self.ours, self.theirs):
            await scene.create("Secret", name, stringData=data)

    async def difference(self, kind: str, name: str) -> tuple[Manifest, ...]:
        """What the two say of an object, where they do not come to say the same. While an attempt
        is under way each says so in its own time."""
        deadline = time.monotonic() + 20
        while True:
            mine = await self.ours.get(kind, name)
            other = await self.theirs.get(kind, name)
            if summary(mine) == summary(other):
                return ()
            if time.monotonic() > deadline:
                return summary(mine), summary(other)
            await asyncio.sleep(0.1)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    binary = peer("source-controller")
    (tmp_path / "git").mkdir()
    git = Repository(tmp_path / "git" / "apps.git")
    authority = Authority()
    async with (
        servers.embedded() as server,
        server.client() as client,
        standing() as charts,
        standing() as closed,
        standing(server_context(authority.sign(), tmp_path)) as secure,
        # Flux may take a connection again that another object opened, with its authority.
        standing(server_context(authority.sign(), tmp_path)) as distrusted,
        fake_registry() as registry,
    ):
        await install(client)
        scenes = {}
        for name in ("ours", "theirs"):
            home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            await client.apply(home, manager="somebody")
            scenes[name] = Scene(client, name)
            (tmp_path / name).mkdir()
        fill(charts, git)
        closed.add("web", "1.0.0")
        closed.login = ("ada", "c4n4ry")
        for tag in ("1.0.0", "1.1.0_b", "2.0.0-rc.1", "latest"):
            data = packed("web", chart_files("web", tag.replace("_", "+")))
            await registry.push(artifact(Layer(data, HELM_LAYER), config=CONFIG), "web", tag)
        commands = {
            "ours": ours(server.kubeconfig, tmp_path / "ours"),
            "theirs": theirs(binary, server.kubeconfig, tmp_path / "theirs"),
        }
        running = [
            Controllers([words], name, tmp_path / f"{name}.log") for name, words in commands.items()
        ]
        for one in running:
            await one.start()
        with serving(tmp_path / "git") as remote:
            try:
                pair = Pair(scenes["ours"], scenes["theirs"], {
                    "HELM": charts.url, "GIT": remote.of(git), "NOWHERE": "http://127.0.0.1:9",
                    "CLOSED": closed.url, "SECURE": secure.url, "DISTRUSTED": distrusted.url,
                    "REGISTRY": f"oci://{registry.address}",
                })  # fmt: skip
                await pair.hide("login", username="ada", password="c4n4ry")
                await pair.hide("wrong-login", username="ada", password="wrong")
                await pair.hide("half-login", username="ada")
                await pair.hide("authority", **{"ca.crt": authority.certificate})
                await pair.hide("keys", **{"a.pub": KEYS["ecdsa"]})
                yield pair
            finally:
                for one in running:
                    await one.end()
    git.close()


def fill(charts: FakeRepository, git: Repository) -> None:
    """What both are to see."""
    for version in ("1.0.0", "1.1.0", "1.2.0-rc.1", "2.0.0", "v3.0.0"):
        charts.add("web", version)
    charts.add("meta", "1.0.0+first")
    charts.add("meta", "1.0.0+second")
    files = chart_files("broken", "1.0.0") | {"values.yaml": "a: [", "Chart.yaml": "name: x"}
    charts.put("broken", "1.0.0", files)
    tree = {f"charts/app/{path}": text for path, text in chart_files("app", "1.0.0").items()}
    needed = [
        {"name": "web", "version": "^1.0.0", "repository": charts.url},
        {"name": "side", "version": "*", "repository": "file://../side"},
        {"name": "web", "version": "2.0.0", "repository": charts.url, "alias": "other"},
    ]
    umbrella = chart_files("umbrella", "0.1.0", dependencies=needed, appVersion=1.1)
    tree |= {f"charts/umbrella/{path}": text for path, text in umbrella.items()}
    tree |= {f"charts/side/{path}": text for path, text in chart_files("side", "0.2.0").items()}
    lost = chart_files("lost", "0.1.0", dependencies=[{**needed[0], "version": "^9"}])
    tree |= {f"charts/lost/{path}": text for path, text in lost.items()}
    tree |= {"values/prod.yaml": "replicas: 3\n", "charts/app/.helmignore": "README.md\n"}
    tree |= {"charts/nothing/a.txt": "no chart"}
    git.commit(tree)


async def test_both_say_the_same_of_the_same_sources(pair: Pair, tmp_path: Path) -> None:
    registry = {"url": pair.places["REGISTRY"], "type": "oci", "insecure": True}
    await pair.create("HelmRepository", "registry", registry)
    for case in CASES:
        await pair.create(case["kind"], case["name"], json.loads(pair.placed(case["spec"])))

    differences = {}
    for case in CASES:
        await pair.ours.until_saying(case["kind"], case["name"], case["reason"])
        await pair.theirs.until_saying(case["kind"], case["name"], case["reason"])
        if difference := await pair.difference(case["kind"], case["name"]):
            differences[case["name"]] = difference
    assert not differences, json.dumps(differences, indent=1)
    for scene in (pair.ours, pair.theirs):
        await scene.until("HelmRepository", "registry", is_static, "static")


async def test_where_flux_says_unknown_we_say_what_it_is(pair: Pair) -> None:
    for case in UNLIKE:
        repository, chart = (json.loads(pair.placed(case[key])) for key in ("repository", "chart"))
        await pair.create("HelmRepository", case["name"], {"interval": "1h", **repository})
        source = {"kind": "HelmRepository", "name": case["name"]}
        whole = {"chart": "web", "interval": "1h", "sourceRef": source, **chart}
        await pair.create("HelmChart", case["name"], whole)

    for case in UNLIKE:
        for scene, expected in ((pair.ours, case["ours"]), (pair.theirs, case["theirs"])):
            found = await scene.until_saying("HelmChart", case["name"], expected["Ready"])
            said_so = {kind: reason for kind, (_, reason) in said(found).items()}
            assert said_so == expected, (scene.namespace, case["name"])


async def test_both_pack_the_same_files(pair: Pair) -> None:
    source = {"interval": "1h", "url": pair.places["GIT"], "ref": {"branch": "main"}}
    await pair.create("GitRepository", "apps", source)
    chart = {
        "interval": "1h", "chart": "charts/umbrella", "valuesFiles": ["values/prod.yaml"],
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }  # fmt: skip
    await pair.create("HelmChart", "umbrella", chart)

    for scene in (pair.ours, pair.theirs):
        await scene.until_saying("HelmChart", "umbrella", "ChartPackageSucceeded")
    assert await pair.difference("HelmChart", "umbrella") == ()
    mine = await pair.ours.get("HelmChart", "umbrella")
    other = await pair.theirs.get("HelmChart", "umbrella")

    async with aiohttp.ClientSession() as session:
        assert await unpacked(session, mine) == await unpacked(session, other)
        newest = section(mine, "status")["url"]
        async with session.get(newest) as response:
            assert response.status == 200


def is_static(manifest: Manifest) -> bool:
    return not manifest.get("status") and "finalizers" not in section(manifest, "metadata")


async def unpacked(session: aiohttp.ClientSession, chart: Manifest) -> dict[str, bytes]:
    async with session.get(section(section(chart, "status"), "artifact")["url"]) as response:
        response.raise_for_status()
        data = await response.read()
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        return {
            entry.name: archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive.getmembers()
        }


def summary(manifest: Manifest) -> Manifest:
    """What both have to agree on."""
    status = section(manifest, "status")
    artifact = section(status, "artifact")
    path = str(artifact.get("path", ""))
    return {
        "conditions": said(manifest),
        "revision": artifact.get("revision"),
        "path": path.split("/")[0] + "/" + path.rpartition("/")[2] if path else "",
        "newest": str(status.get("url", "")).rpartition("/")[2],
        # Which a server may or may not fill in where nothing was observed yet.
        "observedGeneration": status.get("observedGeneration", -1),
        **{
            key: status.get(key)
            for key in (
                "observedChartName",
                "observedValuesFiles",
                "observedSourceArtifactRevision",
            )
        },
    }
