"""An API server with our controller at work, and a shelf of charts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import cast

import pytest
import yaml

from helm_controller.chart_source import HELM_CHART
from helm_controller.dependency import HELM_RELEASE
from helm_controller.release_record import Record, record_of
from helm_controller.settings import HelmSettings
from helm_controller.wiring import build
from shared.artifact.digest import digest_of
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.manifest.verdict import condition, holds
from shared.runtime.clock import SystemClock
from shared.runtime.metric import Metrics
from shared.runtime.settings import Settings
from shared.runtime.site import Site
from tests.fake.shelf import Shelf

CRDS = sorted((Path(__file__).parents[2] / "deploy/crds").glob("*_*.yaml"))
CONFIG_MAP = Kind("", "v1", "ConfigMap")
SECRET = Kind("", "v1", "Secret")
EVENT = Kind("", "v1", "Event")
DEFINITION = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
LIMIT = 40


@dataclass(frozen=True, slots=True)
class Town:
    """A namespace of an API server, our controller, and charts that HelmCharts offer. `ended`: set
    once the controller has ended by itself."""

    client: Client
    namespace: str
    shelf: Shelf
    metrics: Metrics
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def renders(self) -> int:
        """How many charts were rendered so far."""
        return int(self.metrics.registry.get_sample_value("penstock_renders_total") or 0)

    async def offer(self, chart: bytes, revision: str = "1.0.0", name: str = "demo") -> None:
        """A HelmChart offers a chart."""
        source = {"kind": "GitRepository", "name": "apps"}
        manifest = {
            **_named(self.ref(name, HELM_CHART)),
            "spec": {"chart": "demo", "interval": "1h", "sourceRef": source},
        }
        await self.client.apply(manifest, manager="someone")
        await self.offer_from(name, chart, revision)

    async def offer_from(self, name: str, chart: bytes, revision: str = "1.0.0") -> None:
        """A HelmChart that is there already offers a chart."""
        path = f"{name}-{revision}.tgz"
        self.shelf.tarballs[path] = chart
        ref = self.ref(name, HELM_CHART)
        live = await self.client.get(ref)
        artifact = {
            "digest": digest_of(chart),
            "lastUpdateTime": "2026-01-01T00:00:00Z",
            "path": path,
            "revision": revision,
            "url": f"{self.shelf.url}/{path}",
        }
        status = {"artifact": artifact, "observedGeneration": metadata(live)["generation"]}
        await self.client.patch(
            ref, {"status": status}, manager="source-controller", subresource="status"
        )

    async def release(self, name: str = "demo", **spec: object) -> None:
        """A HelmRelease of the chart that is offered."""
        least: Manifest = {"interval": "1h", "timeout": "20s"}
        if "chart" not in spec:
            least["chartRef"] = {"kind": "HelmChart", "name": "demo"}
        manifest = {**_named(self.ref(name)), "spec": least | spec}
        await self.client.create(manifest, manager="someone")

    async def change(self, name: str = "demo", **spec: object) -> None:
        """Change the spec of a HelmRelease."""
        await self.client.patch(self.ref(name), {"spec": spec}, manager="someone")

    async def ask(self, token: str, name: str = "demo", **also: str) -> None:
        """Ask for a HelmRelease to be reconciled, and more."""
        asked = {f"reconcile.fluxcd.io/{key}": value for key, value in also.items()}
        annotations = {"reconcile.fluxcd.io/requestedAt": token, **asked}
        patch = {"metadata": {"annotations": annotations}}
        await self.client.patch(self.ref(name), patch, manager="someone")

    def ref(self, name: str = "demo", kind: Kind = HELM_RELEASE) -> Ref:
        return Ref(kind.group, kind.kind, self.namespace, name, kind.version)

    async def until(
        self, seen: Callable[[Manifest], bool], name: str = "demo", kind: Kind = HELM_RELEASE
    ) -> Manifest:
        """The object once it is as it should become."""
        last: Manifest = {}
        try:
            async with asyncio.timeout(LIMIT):
                while not seen(last):
                    await asyncio.sleep(0.02)
                    last = await self.client.get(self.ref(name, kind))
        except TimeoutError:
            pytest.fail(f"{name} did not get there: {yaml.safe_dump(last.get('status'))}")
        return last

    async def until_gone(self, ref: Ref) -> None:
        async with asyncio.timeout(LIMIT):
            while await self.find(ref) is not None:
                await asyncio.sleep(0.02)

    async def until_there(self, ref: Ref) -> None:
        async with asyncio.timeout(LIMIT):
            while await self.find(ref) is None:
                await asyncio.sleep(0.02)

    def secret(self, name: str) -> Ref:
        return self.ref(name, SECRET)

    async def find(self, ref: Ref) -> Manifest | None:
        try:
            return await self.client.get(ref)
        except NotFound:
            return None

    async def records(self, name: str = "demo") -> list[Record]:
        """What Helm would find of a release, the oldest first."""
        listing = await self.client.list(
            SECRET, namespace=self.namespace, labels=f"owner=helm,name={name}"
        )
        return sorted(map(record_of, listing.items), key=lambda record: record.revision)

    async def reasons(self) -> set[str]:
        """The reasons of the events so far."""
        listing = await self.client.list(EVENT, namespace=self.namespace)
        return {text(one, "reason") for one in listing.items}

    async def messages(self, reason: str) -> list[str]:
        """What the events of a reason say, once there is one."""
        found: list[str] = []
        async with asyncio.timeout(LIMIT):
            while not found:
                await asyncio.sleep(0.02)
                events = (await self.client.list(EVENT, namespace=self.namespace)).items
                found = [text(one, "message") for one in events if text(one, "reason") == reason]
        return found

    async def states(self, name: str = "demo") -> list[tuple[int, str]]:
        """The revisions of a release, and their states."""
        return [(one.revision, one.status) for one in await self.records(name)]


def ready(manifest: Manifest) -> bool:
    """Ready for the spec as it is."""
    status = section(manifest, "status")
    generation = metadata(manifest).get("generation")
    return holds(manifest, "Ready") and status.get("observedGeneration") == generation


def released(version: int) -> Callable[[Manifest], bool]:
    """Ready with a revision."""

    def seen(manifest: Manifest) -> bool:
        history = cast("list[Manifest]", section(manifest, "status").get("history") or [{}])
        return ready(manifest) and history[0].get("version") == version

    return seen


def says(reason: str, *, of: str = "Ready") -> Callable[[Manifest], bool]:
    return lambda manifest: text(condition(manifest, of), "reason") == reason


def handled(token: str) -> Callable[[Manifest], bool]:
    return lambda found: section(found, "status").get("lastHandledReconcileAt") == token


@asynccontextmanager
async def inhabited(
    client: Client,
    namespace: str,
    shelf: Shelf,
    controllers: Client | None = None,
    **flags: object,
) -> AsyncIterator[Town]:
    """A town with the controller at work, while inside. `controllers`: its own way to the server,
    where it has one; `flags`: of its command line."""
    await install(client)
    metrics = Metrics()
    running = asyncio.create_task(_run(controllers or client, namespace, metrics, flags))
    town = Town(client, namespace, shelf, metrics)
    running.add_done_callback(lambda _: town.ended.set())
    try:
        yield town
    finally:
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled() and running.exception():
        raise cast("BaseException", running.exception())


async def install(client: Client) -> None:
    """Make the definitions of Flux's kinds, where they are not all there already."""
    wanted = _definitions()
    listing = await client.list(DEFINITION)
    there = {Ref.of(one) for one in listing.items if holds(one, "Established")}
    missing = [ref for ref in wanted if ref not in there]
    for ref in missing:
        await client.apply(wanted[ref], manager="someone")
        await _established(client, ref)
    if missing:
        client.discovery.forget()


@cache
def _definitions() -> dict[Ref, Manifest]:
    found = [yaml.load(path.read_bytes(), yaml.CSafeLoader) for path in CRDS]
    return {Ref.of(crd): crd for crd in found}


async def _established(client: Client, ref: Ref) -> None:
    async with asyncio.timeout(20):
        while not holds(await client.get(ref), "Established"):
            await asyncio.sleep(0.02)


async def _run(
    client: Client, namespace: str, metrics: Metrics, flags: Mapping[str, object]
) -> None:
    clock = SystemClock()
    caches = Caches(client, clock, namespace=namespace)
    common = replace(Settings(), watch_all_namespaces=False)
    site = Site(client, client.discovery, caches, clock, metrics, common, namespace)
    own = HelmSettings(render_workers=1, feature_gates="ExternalArtifact=true")
    controllers = build(site, replace(own, **flags))  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caches.run())
        for controller in controllers:
            for each in (controller, *controller.everywhere):
                tasks.create_task(each.run())


def _named(ref: Ref) -> Manifest:
    return {
        "apiVersion": ref.gvk.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
    }
