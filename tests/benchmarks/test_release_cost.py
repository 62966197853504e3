"""What twenty HelmReleases cost: in counts that no machine changes.

The numbers are committed, as those of Kustomizations are: see test_cost. Written anew by
`python -m tests.benchmarks.test_release_cost`.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.helm import names
from benchmarks.published import chart
from helm_controller.settings import HelmSettings
from helm_controller.wiring import build
from shared.cluster.client import Client
from shared.cluster.connection import Connection
from shared.manifest.identity import Kind, Ref, labels_of
from shared.runtime.clock import SystemClock
from shared.runtime.site import Site
from tests.benchmarks.allocation import held
from tests.benchmarks.test_cost import Cost, asked, excess, site_of
from tests.fake.shelf import standing
from tests.helm_controller.town import Town, handled, install, released
from tests.servers import EmbeddedServer, embedded

NUMBERS = Path(__file__).parents[1] / "data/benchmarks/release_cost.json"
MANY = 20
OURS = ("deployments", "helmreleases", "ingresses", "secrets", "serviceaccounts", "services")
DEPLOYMENT = Kind("apps", "v1", "Deployment")
VERSION = "app.kubernetes.io/version"
Works = dict[str, Callable[[], Awaitable[None]]]


@dataclass(frozen=True, slots=True)
class Books:
    """The controller at work on the embedded server, and what it has cost so far. `connection`: its
    own."""

    server: EmbeddedServer
    town: Town
    connection: Connection

    def cost(self) -> Counter[str]:
        """What the server was asked by it, and what it has rendered and read."""
        found = asked(self.server, OURS)
        found["renders"] = self.town.renders()
        found["answers"] = self.connection.received
        found["held"] = held()
        return found

    async def taken(self, work: Awaitable[None]) -> Cost:
        """What a piece of work costs, with all that follows from it."""
        before = self.cost()
        await work
        await self.quiet()
        return dict(sorted((self.cost() - before).items()))

    async def quiet(self) -> None:
        """Wait until the controller is told nothing any more."""
        last = -1
        while last != (last := self.connection.received):
            await asyncio.sleep(0.5)

    async def install(self, every: list[str]) -> None:
        """Make releases."""
        for name in every:
            await self.town.release(name)
        await self._until_released(1, every)

    async def upgrade(self, every: list[str]) -> None:
        """Change a value of releases."""
        for name in every:
            await self.town.change(name, values={"message": "new"})
        await self._until_released(2, every)

    async def look(self, every: list[str]) -> None:
        """Ask for releases to be gone through."""
        for name in every:
            await self.town.ask("now", name)
        for name in every:
            await self.town.until(handled("now"), name)

    async def meddle(self, name: str) -> None:
        """Change an object of a release, and wait until it is put right."""
        patch = {"metadata": {"labels": {VERSION: "moved"}}}
        ref = Ref(DEPLOYMENT.group, DEPLOYMENT.kind, self.town.namespace, name, DEPLOYMENT.version)
        await self.town.client.patch(ref, patch, manager="someone")
        await self.town.until(lambda one: labels_of(one).get(VERSION) == "1.0.0", name, DEPLOYMENT)

    async def uninstall(self, every: list[str]) -> None:
        """Delete releases, and wait until they are gone."""
        for name in every:
            await self.town.client.delete(self.town.ref(name))
        for name in every:
            await self.town.until_gone(self.town.ref(name))

    async def ended(self, every: list[str]) -> Cost:
        """What the end of releases costs. What is held then is what others have left."""
        cost = await self.taken(self.uninstall(every))
        return {what: number for what, number in cost.items() if what != "held"}

    async def _until_released(self, version: int, every: list[str]) -> None:
        for name in every:
            await self.town.until(released(version), name)


@asynccontextmanager
async def at_work() -> AsyncIterator[Books]:
    """A controller with a chart, and nothing to do yet."""
    async with embedded() as server, server.client() as eyes, standing() as shelf:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tenant"}}
        await eyes.create(space, manager="someone")
        await install(eyes)
        connection = Connection.configured(str(server.kubeconfig), SystemClock())
        async with connection, asyncio.TaskGroup() as tasks:
            site = site_of(Client.on(connection))
            town = Town(eyes, site.namespace, shelf, site.metrics)
            await town.offer(chart().blobs[1])
            running = tasks.create_task(_run(site))
            yield Books(server, town, connection)
            running.cancel()


async def _run(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(site.caches.run())
        for controller in build(site, HelmSettings(render_workers=1)):
            for each in (controller, *controller.everywhere):
                tasks.create_task(each.run())


async def releases() -> dict[str, Cost]:
    """Twenty: installed, one upgraded, all looked at, one moved, all gone."""
    [first, *others] = names(MANY + 1)
    async with at_work() as books:
        await books.install([first])
        await books.quiet()
        works: Works = {
            "installed": lambda: books.install(others),
            "one upgraded": lambda: books.upgrade([first]),
            "looked at": lambda: books.look([first, *others]),
        }
        costs = {name: await books.taken(work()) for name, work in works.items()}
        costs["uninstalled"] = await books.ended(others[: MANY // 2])
        works = {
            "drift watched": lambda: books.town.change(first, driftDetection={"mode": "enabled"}),
            "drift": lambda: books.meddle(first),
        }
        costs |= {name: await books.taken(work()) for name, work in works.items()}
        costs["uninstalled where drift is watched"] = await books.ended(others[MANY // 2 :])
        return costs


@pytest.mark.slow
async def test_no_release_costs_more_than_it_did() -> None:
    committed = json.loads(NUMBERS.read_text())

    found = await releases()

    assert {step: excess(cost, committed[step]) for step, cost in found.items()} == {
        step: {} for step in found
    }


if __name__ == "__main__":
    NUMBERS.write_text(json.dumps(asyncio.run(releases()), indent=1) + "\n")
