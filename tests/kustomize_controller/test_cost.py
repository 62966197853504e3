"""What things cost, counted in requests and builds: in proportion to what has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from kustomize_controller.settings import KustomizeSettings
from kustomize_controller.wiring import build
from shared.cluster.caches import Caches
from shared.manifest.identity import Kind, Ref, section
from shared.manifest.verdict import holds
from shared.runtime.clock import SystemClock
from shared.runtime.metric import Metrics
from shared.runtime.settings import Settings
from shared.runtime.site import Site
from shared.runtime.subject import REQUESTED_AT
from tests.fake.shelf import Shelf
from tests.kustomize_controller import test_wiring
from tests.kustomize_controller.test_wiring import Town, config_map

pytestmark = pytest.mark.slow
MANY = 100
CONFIG_MAP = Kind("", "v1", "ConfigMap")
READING = {"get", "watch"}
"""The test itself looks; what our controller reads one by one is counted on its own."""

shelf = test_wiring.shelf
Cost = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Counted:
    """A town whose controller speaks to the server by a connection of its own, and is counted."""

    town: Town
    site: Site

    def requests(self) -> Cost:
        """What the controller has sent, but for watches, events and its own objects."""
        return {
            (verb, resource): number
            for verb, resource, number in self.site.client.requests()
            if verb != "watch" and resource in {"configmaps", "kustomizations"}
        }

    def since(self, before: Cost) -> Cost:
        """What it has sent since then."""
        now = self.requests()
        return {key: n - before.get(key, 0) for key, n in now.items() if n != before.get(key)}

    def figure(self, name: str, **labels: str) -> float:
        """One figure of `/metrics`."""
        found = [
            sample.value
            for family in families(self.site.metrics.text().decode())
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        assert len(found) == 1
        return found[0]

    async def quiet(self) -> Cost:
        """What was sent until nothing is sent any more."""
        last: Cost = {}
        while last != (last := self.requests()):
            await asyncio.sleep(0.5)
        return last

    async def until_applied(self, names: Iterable[str], revision: str) -> None:
        """Wait until all these Kustomizations have applied a revision."""
        waiting = set(names)
        async with asyncio.timeout(60):
            while waiting:
                kind = self.town.ref("").gvk
                listing = await self.town.client.list(kind, namespace=self.town.namespace)
                for ks in listing.items:
                    at = section(ks, "status").get("lastAppliedRevision")
                    if holds(ks, "Ready") and at == revision:
                        waiting.discard(Ref.of(ks).name)
                await asyncio.sleep(0.1)


@pytest.fixture
async def counted(api_server, namespace: str, shelf: Shelf) -> AsyncIterator[Counted]:
    async with api_server.client() as eyes, api_server.client() as client:
        await test_wiring._install(eyes)
        await eyes.create(test_wiring._repository(namespace), manager="someone")
        caches = Caches(client, SystemClock(), namespace=namespace)
        flags = replace(Settings(), watch_all_namespaces=False)
        site = Site(client, client.discovery, caches, SystemClock(), Metrics(), flags, namespace)
        running = asyncio.create_task(_run(site))
        yield Counted(Town(eyes, namespace, shelf), site)
        running.cancel()
        await asyncio.wait([running])


async def _run(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(site.caches.run())
        for controller in build(site, KustomizeSettings()):
            tasks.create_task(controller.run())


def settings(number: int = MANY, **changed: str) -> dict[str, str]:
    """So many ConfigMaps, a file each; `changed`: the colour of some."""
    names = [f"object-{place}" for place in range(number)]
    return {
        name: config_map(name, colour=changed.get(name.replace("-", "_"), "red")) for name in names
    }


async def hundred(counted: Counted, interval: str = "1h") -> Cost:
    """A Kustomization with a hundred objects, all applied; what was sent until then."""
    await counted.town.create("apps", targetNamespace=counted.town.namespace, interval=interval)
    await counted.town.push("one", **settings())
    await counted.until_applied(["apps"], "main@sha1:one")
    return await counted.quiet()


async def test_a_first_apply_is_a_dry_run_and_a_write_an_object(counted: Counted) -> None:
    cost = await hundred(counted)

    assert ("get", "configmaps") not in cost
    assert cost["apply", "configmaps"] == 2 * MANY
    assert counted.figure("penstock_objects_total", action="created") == MANY
    assert counted.figure("penstock_apply_memory_objects") == MANY
    assert counted.figure("penstock_apply_memory_bytes") > 100 * MANY


async def test_nothing_changed_costs_nothing_at_the_interval(counted: Counted) -> None:
    await hundred(counted)
    before = counted.requests()
    seen = counted.figure("penstock_objects_total", action="unchanged")

    # The interval cannot be waited for; a change of the spec that changes nothing has all of it
    # gone through just so.
    patch = {"spec": {"interval": "2h"}}
    await counted.town.client.patch(counted.town.ref("apps"), patch, manager="someone")
    async with asyncio.timeout(20):
        while counted.figure("penstock_objects_total", action="unchanged") < seen + MANY:
            await asyncio.sleep(0.1)
    await counted.quiet()

    assert counted.since(before) == {("patch", "kustomizations"): 1}
    assert counted.figure("penstock_builds_total") == 1


async def test_a_request_costs_one_list_a_kind(counted: Counted) -> None:
    before = await hundred(counted)

    patch = {"metadata": {"annotations": {REQUESTED_AT: "now"}}}
    apps = counted.town.ref("apps")
    await counted.town.client.patch(apps, patch, manager="someone")
    await counted.town.until(
        apps, lambda ks: section(ks, "status").get("lastHandledReconcileAt") == "now"
    )

    assert counted.since(before) == {("list", "configmaps"): 1, ("patch", "kustomizations"): 1}


async def test_one_changed_object_costs_one_write(counted: Counted) -> None:
    before = await hundred(counted)

    await counted.town.push("two", **settings(object_7="blue"))
    await counted.until_applied(["apps"], "main@sha1:two")
    await counted.quiet()

    assert counted.since(before) == {("apply", "configmaps"): 1, ("patch", "kustomizations"): 1}
    assert counted.figure("penstock_objects_total", action="configured") == 1


async def test_one_object_less_costs_one_deletion(counted: Counted) -> None:
    before = await hundred(counted)

    await counted.town.push("two", **settings(MANY - 1))
    await counted.until_applied(["apps"], "main@sha1:two")
    await counted.quiet()

    assert counted.since(before) == {("delete", "configmaps"): 1, ("patch", "kustomizations"): 1}
    assert counted.figure("penstock_objects_total", action="deleted") == 1


async def test_of_a_hundred_kustomizations_only_the_one_that_changed_is_built(
    counted: Counted,
) -> None:
    names = [f"app-{place}" for place in range(MANY)]
    files = {f"{name}__web": config_map(name, colour="red") for name in names}
    for name in names:
        where = counted.town.namespace
        await counted.town.create(name, path=f"./{name}", targetNamespace=where)
    await counted.town.push("one", **files)
    await counted.until_applied(names, "main@sha1:one")
    before = await counted.quiet()
    builds = counted.figure("penstock_builds_total")

    await counted.town.push("two", **files | {"app-42__web": config_map("app-42", colour="blue")})
    await counted.until_applied(names, "main@sha1:two")
    await counted.quiet()

    assert counted.figure("penstock_builds_total") == builds + 1
    assert counted.since(before) == {
        ("apply", "configmaps"): 1,
        ("patch", "kustomizations"): MANY,
    }
