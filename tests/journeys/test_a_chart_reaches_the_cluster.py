"""A chart reaches the cluster: from a repository through a HelmChart, or from a registry through an
OCIRepository, to a release, with both controllers at work as a process of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

import pytest

from shared.cluster.error import NotFound
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, metadata, section
from shared.manifest.verdict import holds
from tests.fake.helm_repository import packed, standing
from tests.fake.oci_artifact import HELM_LAYER, Artifact, Layer, artifact
from tests.fake.oci_registry import fake_registry
from tests.journeys.controllers import Controllers, command
from tests.journeys.helm_sources import Scene
from tests.journeys.journey import install, storage_in
from tests.servers import ApiServer

pytestmark = [pytest.mark.journey, pytest.mark.slow]

HELM = Kind("helm.toolkit.fluxcd.io", "v2", "HelmRelease")
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {version: {{ .Chart.Version | quote }}, colour: {{ .Values.colour | quote }}}
"""


def files(version: str, colour: str = "red") -> dict[str, str | bytes]:
    """The files of the chart."""
    return {
        "Chart.yaml": f"apiVersion: v2\nname: web\nversion: {version}\n",
        "values.yaml": f"colour: {colour}\n",
        "values-prod.yaml": "colour: prod\n",
        "templates/a.yaml": CONFIG,
    }


class Journey(Scene):
    """What a test looks at and turns."""

    def ref(self, kind: str, name: str) -> Ref:
        if kind == HELM.kind:
            return Ref(HELM.group, kind, self.namespace, name, HELM.version)
        if kind == "ConfigMap":
            return Ref("", kind, self.namespace, name, "v1")
        return super().ref(kind, name)

    async def release(self, **spec: object) -> None:
        await self.create(HELM.kind, "web", spec={"interval": "1h", "timeout": "30s", **spec})

    async def until_released(self, version: str) -> Manifest:
        """The HelmRelease, ready with a version of the chart; its objects are there."""
        release = await self.until(HELM.kind, "web", _has(version), f"released {version}")
        assert (await self.data())["version"] == version
        return release

    async def data(self) -> Manifest:
        return section(await self.get("ConfigMap", "web"), "data")

    async def is_there(self, kind: str, name: str) -> bool:
        try:
            await self.get(kind, name)
        except NotFound:
            return False
        return True

    async def removed(self) -> None:
        """The HelmRelease is deleted, and all that was made for it is gone."""
        await self.remove(HELM.kind, "web")
        with pytest.raises(NotFound):
            await self.until(HELM.kind, "web", lambda _: False, "gone")
        assert not await self.is_there("ConfigMap", "web")
        assert not await self.is_there("HelmChart", f"{self.namespace}-web")


def _has(version: str) -> Callable[[Manifest], bool]:
    def seen(release: Manifest) -> bool:
        status = section(release, "status")
        history = cast("list[Manifest]", status.get("history") or [{}])
        current = status.get("observedGeneration") == metadata(release)["generation"]
        return current and holds(release, "Ready") and history[0].get("chartVersion") == version

    return seen


@pytest.fixture
async def journey(
    api_server: ApiServer, namespace: str, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    words = command("controllers", "source", "helm", kubeconfig=api_server.kubeconfig)
    storage = storage_in(tmp_path, unused_tcp_port)
    flags = [*storage.flags(), "--watch-all-namespaces=false", "--requeue-dependency=1s"]
    controllers = Controllers([[*words, *flags]], namespace, tmp_path / "log")
    async with api_server.client() as client:
        await install(client)
        await controllers.start()
        try:
            yield Journey(client, namespace)
        finally:
            await controllers.end()


async def test_a_chart_of_a_repository_is_released_followed_and_removed(journey: Journey):
    source = {"kind": "HelmRepository", "name": "charts"}
    chart = {"chart": "web", "version": "1.x", "sourceRef": source, "interval": "1h"}
    async with standing() as charts:
        charts.put("web", "1.0.0", files("1.0.0"))
        await journey.release(chart={"spec": chart, "metadata": {"labels": {"team": "a"}}})
        spec = {"url": charts.url, "interval": "1h"}
        await journey.create("HelmRepository", "charts", spec=spec)
        await journey.until_released("1.0.0")
        name = f"{journey.namespace}-web"
        made = await journey.get("HelmChart", name)
        assert labels_of(made)["team"] == "a"
        assert labels_of(made)["helm.toolkit.fluxcd.io/name"] == "web"

        charts.put("web", "1.1.0", files("1.1.0"))
        charts.put("web", "2.0.0", files("2.0.0"))
        await journey.ask("HelmRepository", "charts", "one")
        await journey.until_released("1.1.0")

        chart = {**chart, "version": "2.x", "valuesFiles": ["values.yaml", "values-prod.yaml"]}
        await journey.change(HELM.kind, "web", {"spec": {"chart": {"spec": chart}}})
        await journey.until_released("2.0.0+2")
        assert (await journey.data())["colour"] == "prod"
        await journey.removed()


def image(version: str, colour: str) -> Artifact:
    """The chart as registries hold it."""
    config = Layer(b"{}", "application/vnd.cncf.helm.config.v1+json")
    return artifact(Layer(packed("web", files(version, colour)), HELM_LAYER), config=config)


async def test_a_tag_that_is_moved_is_another_version_of_the_chart(journey: Journey):
    """Reference flux.md 12 (79)."""
    async with fake_registry() as registry:
        red = await registry.push(image("1.0.0", "red"), "charts/web", "1.0.0")
        spec = {
            "url": registry.url("charts/web"), "insecure": True, "interval": "1h",
            "ref": {"tag": "1.0.0"},
            "layerSelector": {"mediaType": HELM_LAYER, "operation": "copy"},
        }  # fmt: skip
        await journey.create("OCIRepository", "web", spec=spec)
        await journey.release(chartRef={"kind": "OCIRepository", "name": "web"})
        release = await journey.until_released(f"1.0.0+{_piece(red)}")
        status = section(release, "status")
        assert status["lastAttemptedRevisionDigest"] == red
        assert cast("list[Manifest]", status["history"])[0]["ociDigest"] == red

        blue = await registry.push(image("1.0.0", "blue"), "charts/web", "1.0.0")
        await journey.ask("OCIRepository", "web", "one")
        await journey.until_released(f"1.0.0+{_piece(blue)}")
        assert (await journey.data())["colour"] == "blue"

        latest = await registry.push(image("1.1.0", "green"), "charts/web", "latest", "1.2.0")
        await journey.change("OCIRepository", "web", {"spec": {"ref": {"tag": "latest"}}})
        await journey.until_released(f"1.1.0+{_piece(latest)}")

        await journey.change("OCIRepository", "web", {"spec": {"ref": {"tag": "1.2.0"}}})
        await journey.until_saying(HELM.kind, "web", "ChartMutateError")
        await journey.removed()


def _piece(digest: str) -> str:
    return digest.partition(":")[2][:12]
