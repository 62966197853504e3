"""What a hundred objects, and a hundred Kustomizations, cost: in counts that no machine changes.

The numbers are committed. One that grows is a regression; one that shrinks is written down anew:
`python -m tests.benchmarks.test_cost`.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.kustomization import objects
from benchmarks.monorepo import names, repository
from kustomize_controller.settings import KustomizeSettings
from kustomize_controller.wiring import build
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.connection import Connection
from shared.manifest.identity import Ref, section
from shared.runtime.clock import SystemClock
from shared.runtime.metric import Metrics
from shared.runtime.settings import Settings
from shared.runtime.site import Site
from shared.runtime.subject import REQUESTED_AT
from tests.benchmarks import allocation
from tests.fake.shelf import standing
from tests.kustomize_controller import test_wiring
from tests.kustomize_controller.test_cost import Counted
from tests.kustomize_controller.test_wiring import Town
from tests.servers import EmbeddedServer, embedded

NUMBERS = Path(__file__).parents[1] / "data/benchmarks/cost.json"
MANY = 100
SLACK = {"answers": 1.05, "held": allocation.SLACK}
"""Bytes depend a little on how many digits versions and times have."""
MARGIN = {"held": allocation.MARGIN}

Cost = dict[str, int]
"""Requests by verb and resource, `builds`, `read` and `answers` (bytes), and `held`: the blocks of
memory that are there afterwards and were not before."""


class Patient(SystemClock):
    """Nothing is said to last, however slow the machine is: what lasts is written down."""

    async def sleep(self, duration: timedelta) -> None:
        await super().sleep(duration * 60 if duration >= timedelta(seconds=1) else duration)


def asked(server: EmbeddedServer, resources: Collection[str]) -> Counter[str]:
    """What a server was asked by a controller about these resources, but for watches."""
    return Counter(
        f"{one.verb} {one.resource}{' dry' if one.dry_run else ''}"
        for one in server.audit()
        if one.agent == "penstock"
        and one.verb != "watch"
        and one.resource.split("/")[0] in resources
    )


@dataclass(frozen=True, slots=True)
class Books:
    """A controller at work on the embedded server, and what it has cost so far."""

    server: EmbeddedServer
    counted: Counted

    @property
    def town(self) -> Town:
        """Where it works."""
        return self.counted.town

    def cost(self) -> Counter[str]:
        """What the server was asked by it, and what it has built and read."""
        found = asked(self.server, OURS)
        found["builds"] = int(self.counted.figure("penstock_builds_total"))
        found["read"] = int(self.counted.figure("penstock_build_read_bytes_total"))
        found["answers"] = self.counted.site.client.connection.received
        found["held"] = allocation.held()
        return found

    async def taken(self, work: Awaitable[None]) -> Cost:
        """What a piece of work costs, with all that follows from it."""
        before = self.cost()
        await work
        await self.counted.quiet()
        return dict(sorted((self.cost() - before).items()))

    async def push(self, revision: str, files: Mapping[str, str], waiting: list[str]) -> None:
        """Offer files, and wait until these Kustomizations have applied them."""
        named = {
            path.removesuffix(".yaml").replace("/", "__"): text for path, text in files.items()
        }
        await self.town.push(revision, **named)
        await self.counted.until_applied(waiting, f"main@sha1:{revision}")

    async def look(self, name: str) -> None:
        """Ask for a Kustomization to be gone through."""
        patch = {"metadata": {"annotations": {REQUESTED_AT: "now"}}}
        await self.town.client.patch(self.town.ref(name), patch, manager="someone")
        await self.town.until(
            self.town.ref(name),
            lambda ks: section(ks, "status").get("lastHandledReconcileAt") == "now",
        )

    async def meddle(self) -> None:
        """Change an object, and wait until it is put right."""
        ref = Ref("", "ConfigMap", self.town.namespace, "object-00001")
        await self.town.client.patch(ref, {"data": {"is": "moved"}}, manager="someone")
        await self.town.until(ref, lambda one: one.get("data") == {"is": "old"})


OURS = ("configmaps", "deployments", "kustomizations", "serviceaccounts", "services")


@asynccontextmanager
async def at_work() -> AsyncIterator[Books]:
    """A controller with nothing to do yet."""
    async with embedded() as server, server.client() as eyes, standing() as shelf:
        connection = Connection.configured(str(server.kubeconfig), SystemClock())
        async with connection, asyncio.TaskGroup() as tasks:
            site = site_of(Client.on(connection))
            await _prepare(eyes)
            running = tasks.create_task(_run(site))
            yield Books(server, Counted(Town(eyes, site.namespace, shelf), site))
            running.cancel()


def site_of(client: Client) -> Site:
    """Of the namespace `tenant`, with a patient clock."""
    clock = Patient()
    caches = Caches(client, clock, namespace="tenant")
    flags = replace(Settings(), watch_all_namespaces=False)
    return Site(client, client.discovery, caches, clock, Metrics(), flags, "tenant")


async def _prepare(eyes: Client) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tenant"}}
    await eyes.create(space, manager="someone")
    await test_wiring._install(eyes)
    await eyes.create(test_wiring._repository("tenant"), manager="someone")


async def _run(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(site.caches.run())
        for controller in build(site, KustomizeSettings()):
            tasks.create_task(controller.run())


async def one_kustomization() -> dict[str, Cost]:
    """A hundred objects in one: applied, changed, looked at, moved, pruned."""
    async with at_work() as books:
        await books.town.create("apps", path="./apps", targetNamespace="tenant")
        await books.push("zero", objects(1), ["apps"])
        await books.counted.quiet()
        works: dict[str, Callable[[], Awaitable[None]]] = {
            "first apply": lambda: books.push("one", objects(MANY), ["apps"]),
            "one changed": lambda: books.push("two", objects(MANY, changed=1), ["apps"]),
            "nothing changed": lambda: books.look("apps"),
            "drift": books.meddle,
            "prune": lambda: books.push("three", objects(1, changed=1), ["apps"]),
        }
        return {name: await books.taken(work()) for name, work in works.items()}


async def many_kustomizations() -> dict[str, Cost]:
    """A hundred of four objects each: all new, all changed, one changed."""
    every = names(MANY)
    async with at_work() as books:

        async def all_new() -> None:
            for name in every:
                await books.town.create(name, path=f"./{name}", targetNamespace="tenant")
            await books.counted.until_applied(every, "main@sha1:one")

        await books.town.push("one", **_named(repository(every)))
        works: dict[str, Callable[[], Awaitable[None]]] = {
            "all new": all_new,
            "all changed": lambda: books.push("two", repository(every, changed=every), every),
            "one of them changed": lambda: books.push(
                "three", repository(every, changed=every[1:]), every
            ),
        }
        return {name: await books.taken(work()) for name, work in works.items()}


def _named(files: Mapping[str, str]) -> dict[str, str]:
    return {path.removesuffix(".yaml").replace("/", "__"): text for path, text in files.items()}


async def measured() -> dict[str, Cost]:
    """All of it."""
    return await one_kustomization() | await many_kustomizations()


def excess(found: Cost, committed: Cost) -> dict[str, tuple[int, int]]:
    """What costs more than was written down: the number now, and the number then."""
    return {
        what: (number, committed.get(what, 0))
        for what, number in found.items()
        if number > committed.get(what, 0) * SLACK.get(what, 1) + MARGIN.get(what, 0)
    }


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [one_kustomization, many_kustomizations])
async def test_nothing_costs_more_than_it_did(scenario: Callable) -> None:
    committed = json.loads(NUMBERS.read_text())

    found = await scenario()

    assert {step: excess(cost, committed[step]) for step, cost in found.items()} == {
        step: {} for step in found
    }


def test_what_costs_more_is_told() -> None:
    committed = {"builds": 1, "answers": 1000, "held": 10_000}

    assert excess({"builds": 1, "answers": 1040, "held": 13_400}, committed) == {}
    assert excess({"builds": 2, "answers": 1060, "held": 13_600, "get pods": 1}, committed) == {
        "builds": (2, 1),
        "answers": (1060, 1000),
        "held": (13_600, 10_000),
        "get pods": (1, 0),
    }


if __name__ == "__main__":
    NUMBERS.write_text(json.dumps(asyncio.run(measured()), indent=1) + "\n")
