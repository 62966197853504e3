"""A chart of a repository of many: released anew when its own files change, and only then."""

from __future__ import annotations

import pytest

from shared.artifact.digest import digest_of
from shared.manifest.identity import Kind, text
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, ready, released

pytestmark = pytest.mark.slow
EXTERNAL = Kind("source.toolkit.fluxcd.io", "v1", "ExternalArtifact")


def chart(colour: str) -> bytes:
    config = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: demo}}\ndata: {{colour: {colour}}}\n"
    )
    return archive({"templates/a.yaml": config})


async def commit(town: Town, data: bytes, at: str) -> None:
    """Somebody commits: an ArtifactGenerator offers what then is in the directory of the chart."""
    digest = digest_of(data)
    path = f"{digest.partition(':')[2]}.tgz"
    town.shelf.tarballs[path] = data
    ref = town.ref("demo", EXTERNAL)
    meta = {"name": ref.name, "namespace": ref.namespace}
    head = {"apiVersion": EXTERNAL.api_version, "kind": EXTERNAL.kind, "metadata": meta}
    await town.client.apply({**head, "spec": {}}, manager="generator")
    artifact = {
        "digest": digest,
        "lastUpdateTime": at,
        "path": path,
        "revision": f"latest@{digest}",
        "url": f"{town.shelf.url}/{path}",
    }
    await town.client.patch(
        ref, {"status": {"artifact": artifact}}, manager="generator", subresource="status"
    )


async def test_a_chart_is_released_anew_only_when_its_own_files_change(town: Town):
    red, blue = chart("red"), chart("blue")
    await commit(town, red, "2026-01-01T00:00:00Z")
    await town.release(chartRef={"kind": "ExternalArtifact", "name": "demo"})
    await town.until(ready)

    await commit(town, red, "2026-01-02T00:00:00Z")
    await town.ask("one")
    await town.until(handled("one"))
    assert await town.states() == [(1, "deployed")]

    await commit(town, blue, "2026-01-03T00:00:00Z")
    await town.until(released(2))
    assert (await town.client.get(town.ref("demo", CONFIG_MAP)))["data"] == {"colour": "blue"}
    versions = [text(one.chart, "version") for one in await town.records()]
    assert versions == [
        f"1.0.0+{digest_of(data).partition(':')[2][:12]}" for data in (red, blue)
    ], "the version of the chart need not be raised"
