"""A repository of many things, one of them a chart, and the controllers that follow it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from helm_controller.chart_source import HELM_CHART
from helm_controller.settings import HelmSettings
from helm_controller.wiring import build as build_releases
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.manifest.identity import Kind, Manifest, Ref, section
from shared.manifest.verdict import holds
from shared.runtime.clock import SystemClock
from shared.runtime.metric import Metrics
from shared.runtime.settings import Settings
from shared.runtime.site import Site
from source_controller.settings import SourceSettings
from source_controller.wiring import build as build_sources
from tests.helm_controller.town import Town, handled
from tests.journeys.repository import Repository

GIT_REPOSITORY = Kind("source.toolkit.fluxcd.io", "v1", "GitRepository")
URL = "http://localhost/many"
SOON = timedelta(seconds=1)


@dataclass
class Monorepo:
    """A GitRepository of it, and a HelmRelease of the chart in it. `storage`: where artifacts are
    kept; `town`: eyes to see with."""

    town: Town
    repository: Repository
    storage: Path
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def follow(self, **template: object) -> None:
        """Make the objects. `template`: what more the HelmChart is to say."""
        meta = {"name": "many", "namespace": self.town.namespace}
        spec = {"url": URL, "interval": "1h", "ref": {"branch": "main"}}
        head = {"apiVersion": GIT_REPOSITORY.api_version, "kind": "GitRepository"}
        await self.town.client.create({**head, "metadata": meta, "spec": spec}, manager="someone")
        chart = {
            "chart": "charts/demo", "reconcileStrategy": "Revision",
            "sourceRef": {"kind": "GitRepository", "name": "many"},
            "valuesFiles": ["charts/demo/values.yaml", "clusters/laptop.yaml"],
        }  # fmt: skip
        await self.town.release(chart={"spec": chart, **template})

    async def push(self, files: dict[str, str | None], token: str) -> Manifest:
        """Commit, and ask for the commit; the HelmChart once it has seen it."""
        revision = self.repository.push(files)
        await self.ask(token)
        return await self.seen(revision)

    async def ask(self, token: str) -> None:
        """Ask for the newest commit."""
        noted = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}}
        await self.town.client.patch(self.git, noted, manager="someone")

    async def ask_chart(self, token: str) -> Manifest:
        """Ask for the HelmChart to be looked at; it, once it was."""
        noted = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}}
        await self.town.client.patch(self.town.ref(self.name, HELM_CHART), noted, manager="someone")
        return await self.town.until(handled(token), self.name, HELM_CHART)

    async def seen(self, revision: str) -> Manifest:
        """The HelmChart, ready with a commit."""

        def at(chart: Manifest) -> bool:
            seen = section(chart, "status").get("observedSourceArtifactRevision")
            return seen == revision and holds(chart, "Ready")

        return await self.town.until(at, self.name, HELM_CHART)

    @property
    def git(self) -> Ref:
        """The GitRepository."""
        return self.town.ref("many", GIT_REPOSITORY)

    @property
    def name(self) -> str:
        """The HelmChart's name."""
        return f"{self.town.namespace}-demo"

    def looks(self) -> int:
        """How often the HelmRelease was looked at by these controllers."""
        labels = {"kind": "HelmRelease", "name": "demo", "namespace": self.town.namespace}
        name = "gotk_reconcile_duration_seconds_count"
        return int(self.town.metrics.registry.get_sample_value(name, labels) or 0)

    def start(self, client: Client) -> None:
        """Start the controllers, with an empty memory."""
        self.town = replace(self.town, metrics=Metrics())
        run = _run(client, self.town, self.storage, self.repository.directory)
        self.running.append(asyncio.create_task(run))

    async def stop(self) -> None:
        """End the controllers. Raises what ended them before."""
        while self.running:
            task = self.running.pop()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _run(client: Client, town: Town, storage: Path, directory: Path) -> None:
    clock = SystemClock()
    caches = Caches(client, clock, namespace=town.namespace)
    settings = replace(Settings(), watch_all_namespaces=False)
    site = Site(client, client.discovery, caches, clock, town.metrics, settings, town.namespace)
    sources = SourceSettings(
        storage_path=str(storage), storage_addr="127.0.0.1:0",
        local_repository=(f"{URL}={directory}",), requeue_dependency=SOON,
    )  # fmt: skip
    releases = HelmSettings(render_workers=1, requeue_dependency=SOON)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caches.run())
        for controller in (*build_sources(site, sources), *build_releases(site, releases)):
            tasks.create_task(controller.run())
