"""The real `flux` command finds in our objects what it finds in Flux's own, on both API servers."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from shared.manifest.identity import section
from tests.journeys.audit import audit
from tests.journeys.journey import Journey
from tests.journeys.kubectl import Kubectl
from tests.journeys.scene import arrived, pages, title_of
from tests.peers import peer

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SHORT = len("main@sha1:") + 8


@pytest.fixture
def flux(journey: Journey, tmp_path: Path) -> Kubectl:
    program = str(peer("flux"))
    return Kubectl(journey.server.kubeconfig, journey.namespace, tmp_path / "home", program)


@pytest.fixture
async def revision(journey: Journey) -> str:
    """The revision that the journey's Kustomization is Ready at."""
    return await arrived(journey, pages(journey, {"page": "Shop"}))


async def test_it_lists_sources_and_kustomizations(
    journey: Journey, flux: Kubectl, revision: str
) -> None:
    sources = await flux.rows("get", "sources", "git", "--no-header")
    kustomizations = await flux.rows("get", "kustomizations", "--no-header")

    short = revision[:SHORT]
    stored = f"stored artifact for revision '{short}'"
    assert sources == [["apps", short, "False", "True", *stored.split()]]
    assert kustomizations == [["apps", short, "False", "True", "Applied", "revision:", short]]
    await audit(journey)


async def test_it_waits_for_a_commit_that_it_asks_for(
    journey: Journey, flux: Kubectl, revision: str
) -> None:
    pushed = journey.repository.push(pages(journey, {"page": "Another shop"}))

    said = await flux.attempt("reconcile", "kustomization", "apps", "--with-source")

    assert said.code == 0, said
    assert f"applied revision {pushed}" in said.complaint
    assert await title_of(journey, "page") == "Another shop"
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_it_suspends_and_resumes(journey: Journey, flux: Kubectl) -> None:
    await flux.attempt("suspend", "kustomization", "apps")
    pushed = journey.repository.push(pages(journey, {"page": "Another shop"}))
    listed = await flux.rows("get", "kustomizations", "--no-header")
    before = await title_of(journey, "page")

    said = await flux.attempt("resume", "kustomization", "apps")
    await journey.until_applied(pushed)

    assert (before, listed[0][2]) == ("Shop", "True")
    assert said.code == 0, said
    assert await title_of(journey, "page") == "Another shop"
    await audit(journey)


@pytest.mark.usefixtures("revision")
async def test_it_shows_what_belongs_to_a_kustomization(journey: Journey, flux: Kubectl) -> None:
    drawn = await flux("tree", "kustomization", "apps")

    where = journey.namespace
    assert f"Kustomization/{where}/apps" in drawn
    assert f"ConfigMap/{where}/page" in drawn


async def test_it_finds_the_commit_that_an_object_comes_from(
    journey: Journey, flux: Kubectl, revision: str
) -> None:
    words = ("--kind", "configmap", "--api-version", "v1")

    found = [" ".join(row) for row in await flux.rows("trace", "page", *words)]

    at = found.index("Kustomization: apps")
    assert found[at + 1] == f"Namespace: {journey.namespace}"
    assert f"Revision: {revision}" in found
    assert "GitRepository: apps" in found


@pytest.mark.usefixtures("revision")
async def test_it_tells_the_events_of_a_kustomization(flux: Kubectl) -> None:
    told = await flux("events", "--for", "Kustomization/apps")

    assert "ReconciliationSucceeded" in told
    assert "page created" in told


@pytest.mark.usefixtures("revision")
async def test_it_exports_what_was_asked_for(flux: Kubectl) -> None:
    exported = yaml.safe_load(await flux("export", "kustomization", "apps"))

    assert exported["kind"] == "Kustomization"
    assert section(exported, "spec")["sourceRef"] == {"kind": "GitRepository", "name": "apps"}


@pytest.mark.usefixtures("revision")
async def test_it_counts_what_runs_and_what_fails(journey: Journey, flux: Kubectl) -> None:
    rows = {row[0]: row[1:4] for row in await flux.rows("stats")}

    assert rows["GitRepository"] == ["1", "0", "0"]
    assert rows["Kustomization"] == ["1", "0", "0"]


@pytest.mark.usefixtures("revision")
async def test_it_shows_what_a_change_would_do(
    journey: Journey, flux: Kubectl, tmp_path: Path
) -> None:
    for path, text in pages(journey, {"page": "Another shop"}).items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text or "")

    said = await flux.attempt("diff", "kustomization", "apps", "--path", str(tmp_path / "apps"))

    assert said.code == 1, said
    assert f"ConfigMap/{journey.namespace}/page drifted" in said.out + said.complaint
    assert await title_of(journey, "page") == "Shop"
