"""The controller is killed after each of its writes, one after the other, and started again: the
release ends as if nothing had been (F-30, F-31).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from shared.cluster.connection import Connection
from shared.cluster.request import Request
from shared.manifest.identity import Manifest, Ref, metadata, section
from shared.manifest.verdict import holds
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, inhabited, ready

pytestmark = pytest.mark.slow

WRITES = frozenset({"create", "apply", "patch", "update", "delete"})
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | quote }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Values.colour }}}
"""
HOOK = """apiVersion: v1
kind: ConfigMap
metadata:
  name: hook
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,pre-delete
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
"""
BROKEN = """{{ if .Values.broken }}
apiVersion: v1
kind: ConfigMap
metadata: {name: "No Name"}
{{ end }}
"""
CHART = {
    "values.yaml": "colour: red\nbroken: false\n",
    "templates/a.yaml": CONFIG,
    "templates/hook.yaml": HOOK,
    "templates/z.yaml": BROKEN,
}

Step = Callable[[Town], Awaitable[object]]


@dataclass(eq=False)
class Doom:
    """A way to the API server that ends after a number of writes."""

    connection: Connection
    writes: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> object:
        return getattr(self.connection, name)

    async def send(self, request: Request) -> bytes:
        if request.verb in WRITES and request.resource != "events":
            self.writes -= 1
            if self.writes < 0:
                self.ended.set()
        if self.ended.is_set():
            await asyncio.Event().wait()
        return await self.connection.send(request)


@dataclass(frozen=True)
class Stage:
    """A namespace with charts, where controllers come and go."""

    api_server: object
    namespace: str
    shelf: Shelf

    @asynccontextmanager
    async def controller(self) -> AsyncIterator[Town]:
        async with (
            self.api_server.client() as client,  # type: ignore[attr-defined]
            inhabited(client, self.namespace, self.shelf) as town,
        ):
            yield town

    async def killed(self, writes: int, act: Step, done: Step) -> bool:
        """Act while a controller is at work that is killed after so many writes; whether it was,
        before it was done."""
        async with self.api_server.client() as client:  # type: ignore[attr-defined]
            doom = Doom(client.connection, writes)
            doomed = replace(client, connection=doom)
            async with inhabited(client, self.namespace, self.shelf, doomed) as town:
                await act(town)
                waits = [asyncio.ensure_future(one) for one in (done(town), doom.ended.wait())]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for one in waits:
                    one.cancel()
                await asyncio.wait(waits)
        return doom.ended.is_set()


@pytest.fixture
def stage(api_server: object, namespace: str, shelf: Shelf) -> Stage:
    return Stage(api_server, namespace, shelf)


async def colours(town: Town) -> set[str]:
    """The objects of the release, and of which colour it is."""
    found = {name for name in ("red", "blue", "hook") if await town.find(place(town, name))}
    demo = await town.find(place(town, "demo"))
    return found | ({f"demo is {section(demo, 'data')['colour']}"} if demo else set())


def place(town: Town, name: str) -> Ref:
    return town.ref(name, CONFIG_MAP)


async def installed(town: Town) -> None:
    await town.offer(archive(CHART))
    await town.release(upgrade={"remediation": {"remediateLastFailure": True}})


async def upgraded(town: Town) -> None:
    await town.change(values={"colour": "blue"})


async def broken(town: Town) -> None:
    """An upgrade that fails once most of it is there."""
    await town.change(values={"colour": "blue", "broken": True})


async def is_rolled_back(town: Town) -> None:
    def given_up(manifest: Manifest) -> bool:
        current = section(manifest, "status").get("observedGeneration")
        return holds(manifest, "Stalled") and current == metadata(manifest)["generation"]

    await town.until(given_up)


async def deleted(town: Town) -> None:
    await town.client.delete(town.ref())


async def is_ready(town: Town) -> None:
    await town.until(ready)


async def is_gone(town: Town) -> None:
    await town.until_gone(town.ref())


async def removed(town: Town) -> None:
    await deleted(town)
    await is_gone(town)


async def test_f30_an_installation_is_ended_whenever_it_is_killed(stage: Stage):
    writes = 0
    while await stage.killed(writes, installed, is_ready):
        async with stage.controller() as town:
            await is_ready(town)
            assert await colours(town) == {"red", "demo is red"}, writes
            states = [state for _, state in await town.states()]
            assert states[-1] == "deployed"
            assert set(states[:-1]) <= {"superseded", "failed"}
            await removed(town)
            assert await colours(town) == set(), writes
            assert await town.states() == []
        writes += 1
    assert writes > 5


async def test_f30_an_upgrade_is_ended_whenever_it_is_killed(stage: Stage):
    writes = 0
    async with stage.controller() as town:
        await installed(town)
        await is_ready(town)
    while await stage.killed(writes, upgraded, is_ready):
        async with stage.controller() as town:
            await is_ready(town)
            assert await colours(town) == {"blue", "demo is blue"}, writes
            assert (await town.states())[-1][1] == "deployed"
            await town.change(values={"colour": "red"})
            await is_ready(town)
            assert await colours(town) == {"red", "demo is red"}, writes
        writes += 1
    assert writes > 5


async def test_f31_a_rollback_is_ended_whenever_it_is_killed(stage: Stage):
    writes = 0
    async with stage.controller() as town:
        await installed(town)
        await is_ready(town)
    while await stage.killed(writes, broken, is_rolled_back):
        async with stage.controller() as town:
            await is_rolled_back(town)
            assert await colours(town) == {"red", "demo is red"}, writes
            await town.change(values={"colour": "red", "broken": False})
            await is_ready(town)
        writes += 1
    assert writes > 5


async def test_f31_an_uninstallation_is_ended_whenever_it_is_killed(stage: Stage):
    writes = 0
    while True:
        async with stage.controller() as town:
            await installed(town)
            await is_ready(town)
        if not await stage.killed(writes, deleted, is_gone):
            break
        async with stage.controller() as town:
            await is_gone(town)
            assert await colours(town) == set(), writes
            assert await town.states() == []
        writes += 1
    assert writes > 5
