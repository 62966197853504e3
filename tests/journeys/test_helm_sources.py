"""HelmRepositories and HelmCharts from their making to their end, on both API servers."""

from __future__ import annotations

import tarfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, metadata, section
from tests.fake.git_remote import Repository, serving
from tests.fake.helm_repository import FakeRepository, chart_files, standing
from tests.fake.oci_artifact import HELM_LAYER, Layer, artifact
from tests.fake.oci_registry import fake_registry
from tests.journeys.controllers import Controllers
from tests.journeys.helm_sources import Scene, message_of, ours, said
from tests.journeys.journey import install
from tests.servers import ApiServer

pytestmark = [pytest.mark.slow]

READY = {"Ready": ("True", "Succeeded"), "ArtifactInStorage": ("True", "Succeeded")}


@dataclass(frozen=True)
class Journey(Scene):
    """What a test looks at and turns."""

    charts: FakeRepository
    place: Path
    session: aiohttp.ClientSession

    async def files(self, manifest: Manifest) -> dict[str, bytes]:
        """The files of the chart on offer."""
        async with self.session.get(self.artifact(manifest)["url"]) as response:
            response.raise_for_status()
            data = await response.read()
        with tarfile.open(fileobj=BytesIO(data)) as archive:
            return {
                entry.name: archive.extractfile(entry).read()  # type: ignore[union-attr]
                for entry in archive.getmembers()
            }

    def artifact(self, manifest: Manifest) -> Manifest:
        return section(section(manifest, "status"), "artifact")

    def stored(self, kind: str, name: str) -> list[str]:
        """The files that are stored of an object."""
        directory = self.place / kind / self.namespace / name
        return sorted(path.name for path in directory.glob("*"))

    async def until_gone(self, kind: str, name: str) -> None:
        try:
            await self.until(kind, name, lambda _: False, "gone")
        except NotFound:
            return


@pytest.fixture
async def journey(api_server: ApiServer, namespace: str, tmp_path: Path) -> AsyncIterator[Journey]:
    place = tmp_path / "data"
    place.mkdir()
    words = ours(api_server.kubeconfig, place, "--artifact-retention-records=2")
    controllers = Controllers([words], namespace, tmp_path / "log")
    async with (
        api_server.client() as client,
        standing() as charts,
        aiohttp.ClientSession() as session,
    ):
        await install(client)
        await controllers.start()
        try:
            yield Journey(client, namespace, charts, place, session)
        finally:
            await controllers.end()


async def test_a_repository_is_made_changes_fails_is_mended_suspended_and_removed(journey):
    journey.charts.add("web", "1.0.0")
    await journey.create(
        "HelmRepository", "charts", spec={"url": journey.charts.url, "interval": "1h"}
    )
    made = await journey.until_saying("HelmRepository", "charts", "Succeeded")
    assert said(made) == READY
    assert journey.artifact(made)["revision"] == journey.charts.revision
    assert message_of(made) == f"stored artifact: revision '{journey.charts.revision}'"
    async with journey.session.get(section(made, "status")["url"]) as response:
        assert b'"web":[' in await response.read()

    journey.charts.add("web", "1.1.0")
    await journey.ask("HelmRepository", "charts", "one")
    changed = await journey.until(
        "HelmRepository", "charts", lambda o: _revision(o) == journey.charts.revision, "renewed"
    )
    assert said(changed) == READY

    journey.charts.files["index.yaml"] = b"<html>"
    await journey.ask("HelmRepository", "charts", "two")
    failed = await journey.until_saying("HelmRepository", "charts", "IndexationFailed")
    assert said(failed)["FetchFailed"] == ("True", "IndexationFailed")
    assert journey.artifact(failed) == journey.artifact(changed)

    journey.charts.index()
    await journey.ask("HelmRepository", "charts", "three")
    mended = await journey.until_saying("HelmRepository", "charts", "Succeeded")
    assert said(mended) == READY

    await journey.change("HelmRepository", "charts", {"spec": {"suspend": True}})
    journey.charts.add("web", "2.0.0")
    await journey.ask("HelmRepository", "charts", "four")
    suspended = await journey.until(
        "HelmRepository", "charts", lambda o: _handled(o) == "four", "suspended"
    )
    assert journey.artifact(suspended) == journey.artifact(mended)

    assert journey.stored("helmrepository", "charts")
    await journey.remove("HelmRepository", "charts")
    await journey.until_gone("HelmRepository", "charts")
    assert journey.stored("helmrepository", "charts") == []


async def test_a_chart_follows_its_repository_fails_is_mended_and_removed(journey):
    journey.charts.add("web", "1.0.0")
    source = {"kind": "HelmRepository", "name": "charts"}
    await journey.create("HelmChart", "web", spec={
        "chart": "web", "version": "1.x", "interval": "1h", "sourceRef": source,
    })  # fmt: skip
    lonely = await journey.until_saying("HelmChart", "web", "SourceUnavailable")
    assert 'helmrepositories.source.toolkit.fluxcd.io "charts" not found' in message_of(lonely)

    await journey.create(
        "HelmRepository", "charts", spec={"url": journey.charts.url, "interval": "1h"}
    )
    made = await journey.until_saying("HelmChart", "web", "ChartPullSucceeded")
    assert journey.artifact(made)["revision"] == "1.0.0"
    assert (await journey.files(made))["web/README.md"] == b"# web\n"

    journey.charts.add("web", "1.1.0")
    await journey.ask("HelmRepository", "charts", "one")
    renewed = await journey.until("HelmChart", "web", lambda o: _revision(o) == "1.1.0", "1.1.0")
    assert section(renewed, "status")["observedSourceArtifactRevision"] == journey.charts.revision

    await journey.change("HelmChart", "web", {"spec": {"version": "9.x"}})
    stalled = await journey.until_saying("HelmChart", "web", "InvalidChartReference")
    assert said(stalled)["Stalled"] == ("True", "InvalidChartReference")
    assert journey.artifact(stalled) == journey.artifact(renewed)

    journey.charts.add("web", "9.0.0")
    await journey.ask("HelmRepository", "charts", "two")
    mended = await journey.until("HelmChart", "web", lambda o: _revision(o) == "9.0.0", "9.0.0")
    assert "Stalled" not in said(mended)

    values = {"valuesFiles": ["values-prod.yaml"]}
    await journey.change("HelmChart", "web", {"spec": values})
    packed = await journey.until_saying("HelmChart", "web", "ChartPackageSucceeded")
    generation = metadata(packed)["generation"]
    assert _revision(packed) == f"9.0.0+{generation}"
    assert (await journey.files(packed))["web/values.yaml"] == b"image:\n  tag: new\n"

    await journey.remove("HelmChart", "web")
    await journey.until_gone("HelmChart", "web")
    assert journey.stored("helmchart", "web") == []


async def test_an_umbrella_chart_is_built_out_of_git_with_what_it_needs(journey, tmp_path):
    journey.charts.add("web", "1.0.0")
    (tmp_path / "git").mkdir()
    git = Repository(tmp_path / "git" / "apps.git")
    needed = [{"name": "web", "version": "1.x", "repository": journey.charts.url}]
    umbrella = chart_files("umbrella", "0.1.0", dependencies=needed)
    files = {f"charts/umbrella/{path}": text for path, text in umbrella.items()}
    first = git.commit(files)
    with serving(tmp_path / "git") as remote:
        await journey.create("GitRepository", "apps", spec={
            "url": remote.of(git), "interval": "1h", "ref": {"branch": "main"},
        })  # fmt: skip
        await journey.create("HelmChart", "umbrella", spec={
            "chart": "charts/umbrella", "interval": "1h", "reconcileStrategy": "Revision",
            "sourceRef": {"kind": "GitRepository", "name": "apps"},
        })  # fmt: skip
        made = await journey.until_saying("HelmChart", "umbrella", "ChartPackageSucceeded")
        second = git.commit({**files, "charts/umbrella/templates/more.yaml": "x: y\n"})
        await journey.ask("GitRepository", "apps", "one")
        renewed = await journey.until(
            "HelmChart", "umbrella", lambda o: _revision(o) == f"0.1.0+{second[:12]}", "renewed"
        )
    git.close()

    assert _revision(made) == f"0.1.0+{first[:12]}"
    assert "umbrella/charts/web/Chart.yaml" in await journey.files(made)
    assert "umbrella/templates/more.yaml" in await journey.files(renewed)
    assert "umbrella/templates/.hidden" not in await journey.files(renewed)


async def test_a_repository_in_a_registry_is_but_an_address_and_its_charts_are_found(journey):
    data = journey.charts.add("web", "1.0.0+b")
    config = Layer(b"{}", "application/vnd.cncf.helm.config.v1+json")
    async with fake_registry() as registry:
        await registry.push(
            artifact(Layer(data, HELM_LAYER), config=config), "charts/web", "1.0.0_b", "latest"
        )
        spec = {
            "url": registry.url("charts"), "type": "oci", "insecure": True, "interval": "1h",
        }  # fmt: skip
        await journey.create("HelmRepository", "registry", spec=spec)
        await journey.create("HelmChart", "web", spec={
            "chart": "web", "version": "*", "interval": "1h",
            "sourceRef": {"kind": "HelmRepository", "name": "registry"},
        })  # fmt: skip
        made = await journey.until_saying("HelmChart", "web", "ChartPullSucceeded")
        static = await journey.until(
            "HelmRepository", "registry", lambda o: not o.get("status"), "without a status"
        )

    assert _revision(made) == "1.0.0+b"
    assert "finalizers" not in metadata(static)
    assert section(made, "status").get("observedSourceArtifactRevision") is None


async def test_a_repository_that_moves_to_a_registry_leaves_nothing_behind(journey):
    await journey.create(
        "HelmRepository", "charts", spec={"url": journey.charts.url, "interval": "1h"}
    )
    await journey.until_saying("HelmRepository", "charts", "Succeeded")

    moved = {"spec": {"type": "oci", "url": "oci://127.0.0.1:9/charts"}}
    await journey.change("HelmRepository", "charts", moved)

    static = await journey.until(
        "HelmRepository", "charts", lambda o: not o.get("status"), "without a status"
    )
    assert "finalizers" not in metadata(static)
    assert journey.stored("helmrepository", "charts") == []


def _revision(manifest: Manifest) -> object:
    return section(section(manifest, "status"), "artifact").get("revision")


def _handled(manifest: Manifest) -> object:
    return section(manifest, "status").get("lastHandledReconcileAt")
