"""A chart of a repository of many: released anew when its own files change, and only then."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.artifact.digest import digest_of
from shared.manifest.identity import Kind, Manifest, metadata, section, text
from shared.manifest.verdict import condition
from shared.runtime.metric import Metrics
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.monorepo import Monorepo
from tests.helm_controller.town import CONFIG_MAP, Town, handled, install, ready, released
from tests.journeys.repository import Repository

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


FILES: dict[str, str | None] = {
    "charts/demo/Chart.yaml": "apiVersion: v2\nname: demo\nversion: 0.1.0\n",
    "charts/demo/values.yaml": "colour: red\nsize: 1\n",
    "charts/demo/templates/a.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\n"
        "data: {colour: {{ .Values.colour }}, size: '{{ .Values.size }}'}\n"
    ),
    "clusters/laptop.yaml": "size: 2\n",
    "docs/a.md": "# one\n",
}


@pytest.fixture
async def monorepo(
    api_server, namespace: str, shelf: Shelf, tmp_path: Path
) -> AsyncIterator[Monorepo]:
    """A monorepo whose chart is released."""
    async with api_server.client() as client:
        await install(client)
        town = Town(client, namespace, shelf, Metrics())
        made = Monorepo(town, Repository.made(tmp_path / "many"), tmp_path / "data")
        try:
            made.start(client)
            yield made
        finally:
            await made.stop()


def version(chart: Manifest) -> object:
    return section(section(chart, "status"), "artifact")["revision"]


async def first(monorepo: Monorepo, **template: object) -> str:
    """The chart is released; the version that the first commit makes."""
    revision = monorepo.repository.push(FILES)
    await monorepo.follow(**template)
    await monorepo.town.until(ready)
    await monorepo.seen(revision)
    return f"0.1.0+{short(revision)}.1"


def short(revision: str) -> str:
    return revision.rpartition(":")[2][:12]


async def test_a_commit_elsewhere_wakes_no_release_and_one_within_makes_one(monorepo):
    made = await first(monorepo)
    before, looks = await monorepo.town.until(ready), monorepo.looks()

    elsewhere = await monorepo.push({"docs/a.md": "# two\n"}, "one")
    asked = await monorepo.ask_chart("two")
    assert (version(elsewhere), version(asked)) == (made, made)
    after = await monorepo.town.until(ready)
    assert metadata(after)["resourceVersion"] == metadata(before)["resourceVersion"]
    assert (monorepo.looks(), monorepo.town.renders()) == (looks, 1)

    changed = {"charts/demo/values.yaml": "colour: blue\nsize: 1\n"}
    within = await monorepo.push(changed, "three")
    await monorepo.town.until(told(2))
    status = section(within, "status")
    assert version(within) == f"0.1.0+{short(str(status['observedSourceArtifactRevision']))}.1"
    assert await colours(monorepo) == {"colour": "blue", "size": "2"}

    await monorepo.push({"clusters/laptop.yaml": "size: 3\n"}, "four")
    await monorepo.town.until(told(3))
    assert await colours(monorepo) == {"colour": "blue", "size": "3"}
    assert monorepo.town.renders() == 3


@pytest.mark.parametrize("is_lost", [False, True], ids=["kept", "lost"])
async def test_after_a_restart_a_commit_elsewhere_still_makes_no_release(monorepo, is_lost):
    made = await first(monorepo)
    client = monorepo.town.client
    await monorepo.push({"docs/a.md": "# two\n"}, "one")
    await monorepo.stop()
    if is_lost:
        shutil.rmtree(monorepo.storage)
    revision = monorepo.repository.push({"docs/a.md": "# three\n"})

    monorepo.start(client)
    await monorepo.ask("two")
    chart = await monorepo.seen(revision)

    assert version(chart) == made
    await monorepo.town.ask("three")
    await monorepo.town.until(lambda release: handled("three")(release) and ready(release))
    assert await monorepo.town.states() == [(1, "deployed")]
    assert monorepo.town.renders() == 0


async def test_who_asks_for_it_gets_a_release_at_each_commit_as_with_flux(monorepo):
    noted = {"annotations": {"penstock.dev/release-every-revision": "enabled"}}
    made = await first(monorepo, metadata=noted)

    chart = await monorepo.push({"docs/a.md": "# two\n"}, "one")

    assert version(chart) != made
    await monorepo.town.until(told(2))


def told(version: int) -> Callable[[Manifest], bool]:
    """Ready with a revision, and Ready tells of no other one."""

    def seen(release: Manifest) -> bool:
        message = text(condition(release, "Ready"), "message")
        return released(version)(release) and f"demo.v{version} " in message

    return seen


async def colours(monorepo: Monorepo) -> object:
    """What the release has made."""
    found = await monorepo.town.client.get(monorepo.town.ref("demo", CONFIG_MAP))
    return found["data"]
