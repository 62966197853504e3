"""A monorepo of which each application is built by itself: a commit to one leaves the others be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.manifest.identity import Manifest, Ref, metadata, section
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import URL, Journey, journey_by, ready_of, storage_in
from tests.journeys.scene import EVENT, page, title_of
from tests.servers import ApiServer

pytestmark = [pytest.mark.journey, pytest.mark.slow]

GENERATORS = "source.extensions.fluxcd.io/v1beta1"
SOURCES = "source.toolkit.fluxcd.io"


@pytest.fixture
async def monorepo(
    api_server: ApiServer, namespace: str, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    """A journey on which ExternalArtifacts may be sources."""
    words = command("controllers", "source", "kustomize", kubeconfig=api_server.kubeconfig)
    flags = [
        *storage_in(tmp_path, unused_tcp_port).flags(),
        "--watch-all-namespaces=false",
        "--feature-gates=ExternalArtifact=true",
    ]
    controllers = Controllers([words + flags], namespace, tmp_path / "controllers.log")
    async with journey_by(controllers, api_server, namespace, tmp_path) as journey:
        yield journey


def files(journey: Journey, **titles: str) -> dict[str, str | None]:
    """An application for each title, with a page in the journey's namespace."""
    return {
        f"apps/{name}/{name}.yaml": page(name, title).replace(
            '"metadata": {', f'"metadata": {{"namespace": "{journey.namespace}", '
        )
        for name, title in titles.items()
    }


def generator(journey: Journey) -> Manifest:
    """Each directory of `apps` becomes an artifact of its own."""
    output = {
        "name": "app-{app}",
        "originRevision": "@repo",
        "copy": [{"from": "@repo/apps/{app}/**", "to": "@artifact/"}],
    }
    return {
        "apiVersion": GENERATORS,
        "kind": "ArtifactGenerator",
        "metadata": {"name": "apps", "namespace": journey.namespace},
        "spec": {
            "sources": [{"alias": "repo", "kind": "GitRepository", "name": "apps"}],
            "pathPattern": "@repo/apps/{app}",
            "artifacts": [output],
        },
    }


def builds(journey: Journey, name: str) -> Manifest:
    """A Kustomization of one application."""
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": journey.namespace},
        "spec": {
            "interval": "10m",
            "retryInterval": "1s",
            "prune": True,
            "sourceRef": {"kind": "ExternalArtifact", "name": f"app-{name}"},
        },
    }


async def external(journey: Journey, name: str) -> Manifest:
    ref = Ref(SOURCES, "ExternalArtifact", journey.namespace, name, "v1")
    return await journey.client.get(ref)


async def until_title(journey: Journey, name: str, title: str, commit: str) -> Manifest:
    """Wait until a page has a title, and its Kustomization is Ready at a commit; the
    Kustomization."""

    async def arrived() -> Manifest | None:
        found = await journey.find("Kustomization", name)
        is_at = section(found or {}, "status").get("lastAppliedOriginRevision") == commit
        is_ready = is_at and ready_of(found or {})["status"] == "True"
        return found if is_ready and await title_of(journey, name) == title else None

    return await journey.until(arrived, f"{name} says {title}")


async def test_a_commit_to_one_application_does_nothing_to_the_others(monorepo: Journey):
    first = monorepo.repository.push(files(monorepo, web="one", api="one"))
    await monorepo.follow()
    await monorepo.client.delete(monorepo.ref("Kustomization", "apps"))
    await monorepo.apply(generator(monorepo))
    for name in ("web", "api"):
        await monorepo.apply(builds(monorepo, name))
    await until_title(monorepo, "web", "one", first)
    quiet = await until_title(monorepo, "api", "one", first)
    offered = await external(monorepo, "app-api")
    assert section(section(offered, "status"), "artifact")["metadata"] == {
        "org.opencontainers.image.revision": first
    }

    second = monorepo.repository.push(files(monorepo, web="two"))
    await until_title(monorepo, "web", "two", second)

    still = await monorepo.find("Kustomization", "api")
    assert still is not None
    assert metadata(still)["resourceVersion"] == metadata(quiet)["resourceVersion"]
    again = await external(monorepo, "app-api")
    assert section(again, "status")["artifact"] == section(offered, "status")["artifact"]
    told = await monorepo.client.list(
        EVENT, namespace=monorepo.namespace, fields="involvedObject.name=api"
    )
    assert not any(second in str(event) for event in told.items)


async def test_an_application_that_is_new_or_gone_comes_and_goes(monorepo: Journey):
    first = monorepo.repository.push(files(monorepo, web="one"))
    await monorepo.follow()
    await monorepo.client.delete(monorepo.ref("Kustomization", "apps"))
    await monorepo.apply(generator(monorepo))
    await monorepo.apply(builds(monorepo, "web"))
    await until_title(monorepo, "web", "one", first)

    second = monorepo.repository.push(files(monorepo, api="new"))
    await monorepo.apply(builds(monorepo, "api"))
    await until_title(monorepo, "api", "new", second)

    ref = Ref(
        "source.extensions.fluxcd.io", "ArtifactGenerator", monorepo.namespace, "apps", "v1beta1"
    )
    await monorepo.client.delete(ref)

    async def gone() -> bool:
        kind = Ref(SOURCES, "ExternalArtifact", "", "x", "v1").gvk
        return not (await monorepo.client.list(kind, namespace=monorepo.namespace)).items

    await monorepo.until(gone, "the artifacts go with their generator")
    # Who built from them keeps what was applied.
    assert await title_of(monorepo, "web") == "one"


@pytest.fixture
async def charts(
    api_server: ApiServer, namespace: str, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    """A journey on which charts may come out of a monorepo."""
    words = command("controllers", "source", "helm", kubeconfig=api_server.kubeconfig)
    flags = [
        *storage_in(tmp_path, unused_tcp_port).flags(),
        "--watch-all-namespaces=false",
        "--feature-gates=ExternalArtifact=true",
    ]
    controllers = Controllers([words + flags], namespace, tmp_path / "controllers.log")
    async with journey_by(controllers, api_server, namespace, tmp_path) as journey:
        yield journey


def chart(name: str, title: str) -> dict[str, str | None]:
    """A chart of one page."""
    about = {"apiVersion": "v2", "name": name, "version": "1.0.0"}
    return {
        f"charts/{name}/Chart.yaml": json.dumps(about),
        f"charts/{name}/templates/page.yaml": page(name, title),
    }


def released(journey: Journey, name: str) -> Manifest:
    """A HelmRelease of one chart."""
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": journey.namespace},
        "spec": {
            "interval": "10m",
            "chartRef": {"kind": "ExternalArtifact", "name": f"chart-{name}"},
        },
    }


async def until_released(journey: Journey, name: str, title: str) -> Manifest:
    """Wait until a chart's page has a title, and its release is Ready; the HelmRelease."""
    ref = Ref("helm.toolkit.fluxcd.io", "HelmRelease", journey.namespace, name, "v2")

    async def arrived() -> Manifest | None:
        found = await journey.client.get(ref)
        is_ready = ready_of(found)["status"] == "True"
        return found if is_ready and await title_of(journey, name) == title else None

    return await journey.until(arrived, f"the release {name} says {title}")


async def test_a_commit_to_one_chart_releases_no_other(charts: Journey):
    charts.repository.push(chart("web", "one") | chart("api", "one"))
    repository = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "apps", "namespace": charts.namespace},
        "spec": {"url": URL, "interval": "1s", "ref": {"branch": "main"}},
    }
    output = {"name": "chart-{app}", "copy": [{"from": "@repo/charts/{app}", "to": "@artifact/"}]}
    cutting = generator(charts)
    section(cutting, "spec").update({"pathPattern": "@repo/charts/{app}", "artifacts": [output]})
    for manifest in (repository, cutting, released(charts, "web"), released(charts, "api")):
        await charts.apply(manifest)
    await until_released(charts, "web", "one")
    quiet = await until_released(charts, "api", "one")

    charts.repository.push(chart("web", "two"))
    await until_released(charts, "web", "two")

    still = await until_released(charts, "api", "one")
    assert metadata(still)["resourceVersion"] == metadata(quiet)["resourceVersion"]
