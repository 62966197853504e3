"""The demo with a chart that has a hook for every event, a kind of its own, and a test."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from cli.demonstration import Demo, demonstrate
from cli.show import Show
from shared.cluster.client import Client
from shared.cluster.connection import Connection
from shared.cluster.error import NoSuchKind, NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section
from shared.manifest.verdict import condition
from shared.runtime.clock import SystemClock
from tests.journeys.repository import Repository

pytestmark = [pytest.mark.slow, pytest.mark.journey]
HARBOUR = Path(__file__).parents[1] / "data/helm_controller/harbour"
RELEASE = "deploy/harbour.yaml"
LOG = "harbour-log-"
BERTHS = Ref(
    "apiextensions.k8s.io", "CustomResourceDefinition", "", "berths.harbour.example.org", "v1"
)
LIMIT = 60


@dataclass(frozen=True)
class Harbour:
    """A demo that follows the repository of a harbour."""

    client: Client
    repository: Repository

    async def change(self, old: str, new: str) -> None:
        """Commit another line in the HelmRelease."""
        text = (self.repository.directory / RELEASE).read_text()
        assert old in text
        self.repository.push({RELEASE: text.replace(old, new)})

    async def until(self, seen: Callable[[Manifest | None], bool]) -> Manifest:
        """The HelmRelease, once it is as it should become."""
        found: Manifest | None = {}
        try:
            async with asyncio.timeout(LIMIT):
                while not seen(found):
                    await asyncio.sleep(0.05)
                    found = await self.find("helm.toolkit.fluxcd.io/v2", "HelmRelease", "harbour")
        except TimeoutError:
            pytest.fail(f"the release did not get there: {section(found or {}, 'status')}")
        return found or {}

    async def find(self, version: str, kind: str, name: str) -> Manifest | None:
        try:
            found = Kind.parse(version, kind)
            ref = Ref(found.group, kind, "default", name, found.version)
            return await self.client.get(ref)
        except (NotFound, NoSuchKind):
            return None

    async def log(self) -> dict[str, str]:
        """The revision of which each event was last written down."""
        listing = await self.client.list(Kind("", "v1", "ConfigMap"), namespace="default")
        return {
            name.removeprefix(LOG): str(section(one, "data")["revision"])
            for one in listing.items
            if (name := str(metadata(one)["name"])).startswith(LOG)
        }

    async def jobs(self) -> set[str]:
        """The work that was not cleared away."""
        listing = await self.client.list(Kind("batch", "v1", "Job"), namespace="default")
        return {str(metadata(one)["name"]).removeprefix("harbour-") for one in listing.items}

    async def metres(self) -> object:
        berth = await self.find("harbour.example.org/v1", "Berth", "harbour")
        return section(berth or {}, "spec").get("metres")


@pytest.fixture
async def harbour(tmp_path: Path) -> AsyncIterator[Harbour]:
    repository = Repository.made(tmp_path / "harbour")
    shutil.copytree(HARBOUR, repository.directory, dirs_exist_ok=True)
    repository.push({})
    place, stop = tmp_path / "place", asyncio.Event()
    plan = Demo(
        place, str(repository.directory), "deploy", "main",
        once=False, timeout=timedelta(seconds=LIMIT), port=0,
    )  # fmt: skip
    console = Console(file=io.StringIO())
    demo = asyncio.create_task(demonstrate(plan, Show(console, console.status("")), stop))
    try:
        async with asyncio.timeout(LIMIT):
            while not plan.kubeconfig.exists() and not demo.done():
                await asyncio.sleep(0.05)
        async with Connection.configured(str(plan.kubeconfig), SystemClock()) as connection:
            yield Harbour(Client.on(connection), repository)
    finally:
        stop.set()
        assert await demo == 0


def at(revision: int, status: str, reason: str) -> Callable[[Manifest | None], bool]:
    """With a newest revision that is so, and a reason in Ready, when all is done that is asked."""

    def seen(release: Manifest | None) -> bool:
        found = section(release or {}, "status")
        newest = (found.get("history") or [{}])[0]  # type: ignore[index]
        is_done = found.get("observedGeneration") == metadata(release or {}).get("generation")
        said = condition(release or {}, "Ready").get("reason") if is_done else ""
        return (newest.get("version"), newest.get("status"), said) == (revision, status, reason)

    return seen


async def test_a_chart_with_every_hook_is_released_upgraded_tested_rolled_back_and_removed(harbour):
    await harbour.until(at(1, "deployed", "TestSucceeded"))
    assert await harbour.log() == {"pre-install": "1", "post-install": "1", "test": "1"}
    assert (await harbour.metres(), await harbour.jobs()) == (40, set())
    assert await harbour.find("v1", "Pod", "harbour-moor")

    await harbour.change("cranes: 1", "cranes: 2")
    await harbour.until(at(2, "deployed", "TestSucceeded"))
    upgraded = {"pre-upgrade": "2", "post-upgrade": "2", "test": "2"}
    first = {"pre-install": "1", "post-install": "1"}
    assert await harbour.log() == first | upgraded
    assert (await harbour.metres(), await harbour.jobs()) == (80, {"clear", "launch"})

    await harbour.change("launch: ready", "launch: failed")
    await harbour.until(at(4, "deployed", "RollbackSucceeded"))
    rolled_back = {"pre-upgrade": "3", "post-upgrade": "3", "pre-rollback": "2"}
    assert (await harbour.log()).items() >= rolled_back.items()
    assert (await harbour.metres(), await harbour.jobs()) == (80, {"clear"})

    harbour.repository.push({RELEASE: None})
    await harbour.until(lambda release: release is None)
    assert set(await harbour.log()) == {
        "pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-rollback",
        "post-rollback", "pre-delete", "post-delete", "test",
    }  # fmt: skip
    assert await harbour.find("apps/v1", "Deployment", "harbour-crane") is None
    assert await harbour.jobs() == {"clear"}
    assert await harbour.client.get(BERTHS), "definitions stay, as with Helm"
