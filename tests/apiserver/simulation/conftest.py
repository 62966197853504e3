"""The simulated controllers in time that jumps: a wait of days takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apiserver.cluster import Cluster
from apiserver.control import Control, desk
from apiserver.fate import READY, SIMULATE, Fate
from apiserver.garbage import Garbage
from apiserver.namespace import Namespaces, first_namespaces
from apiserver.simulation import staff
from apiserver.simulation.node import furnish
from apiserver.simulation.office import Office
from tests.fake.loop import VirtualLoop

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = 3600.0


def pytest_asyncio_loop_factories(config, item):
    """Every test here has a loop whose time jumps ahead."""
    return {"virtual": VirtualLoop}


class LoopClock:
    """The time of day, by the running loop."""

    def now(self) -> datetime:
        """So long after the start as the loop has run."""
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


GROUPS = {
    "ConfigMap": "", "Endpoints": "", "PersistentVolume": "", "PersistentVolumeClaim": "",
    "Pod": "", "Service": "", "ControllerRevision": "apps", "DaemonSet": "apps",
    "Deployment": "apps", "ReplicaSet": "apps", "StatefulSet": "apps", "CronJob": "batch",
    "Job": "batch", "HorizontalPodAutoscaler": "autoscaling", "PodDisruptionBudget": "policy",
    "EndpointSlice": "discovery.k8s.io", "Ingress": "networking.k8s.io",
}  # fmt: skip


class World:
    """A cluster with all its controllers, and no server."""

    def __init__(self, fate: Fate = READY) -> None:
        self.cluster = Cluster(clock=LoopClock(), fate=fate)
        first_namespaces(self.cluster)
        furnish(self.cluster)
        desks = [desk(Garbage(self.cluster)), desk(Namespaces(self.cluster))]
        self.control = Control(self.cluster.storage, desks + staff.desks(self.cluster))
        self.control.start()

    def office(self, kind: str) -> Office:
        """One kind, as a client works on it."""
        return Office(self.cluster, GROUPS[kind], kind, manager="somebody")

    def create(self, kind: str, spec: Any, name: str = "web", word: str = "") -> None:
        """An object; `word` is what it asks of the simulation."""
        metadata: dict[str, Any] = {"name": name, "namespace": "default"}
        if word:
            metadata["annotations"] = {SIMULATE: word}
        self.office(kind).create({"metadata": metadata, "spec": spec})

    def get(self, kind: str, name: str = "web") -> dict[str, Any]:
        """An object; empty where there is none."""
        key = ("" if kind == "PersistentVolume" else "default", name)
        found = self.office(kind).find(key)
        return dict(found.object) if found else {}

    def status(self, kind: str, name: str = "web") -> dict[str, Any]:
        """The status of an object."""
        found = self.get(kind, name).get("status", {})
        assert isinstance(found, dict)
        return found

    def condition(self, kind: str, of: str, name: str = "web") -> dict[str, Any]:
        """One condition of an object; empty where it has none."""
        conditions = self.status(kind, name).get("conditions", [])
        return next((each for each in conditions if each["type"] == of), {})

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The objects of a kind, by name."""
        records = self.cluster.storage.shelf(self.office(kind).resource.shelf).in_order("")
        return [dict(each.object) for each in records]

    def names(self, kind: str) -> list[str]:
        """The names of a kind's objects."""
        return [each["metadata"]["name"] for each in self.all(kind)]

    def change(self, kind: str, name: str = "web", **spec: Any) -> None:
        """Set fields of the spec."""
        office = self.office(kind)
        found = office.find(("default", name))
        assert found is not None
        content = {**found.object, "spec": {**self.get(kind, name)["spec"], **spec}}
        office.update(found, content)

    def delete(self, kind: str, name: str = "web") -> None:
        """Delete an object, and what belongs to it."""
        office = self.office(kind)
        found = office.find(("" if kind == "PersistentVolume" else "default", name))
        assert found is not None
        office.delete(found, propagation="Background")

    async def after(self, seconds: float) -> None:
        """Let time go by."""
        await asyncio.sleep(seconds)

    async def until(self, sees: Callable[[], object]) -> float:
        """Wait until something is so. Answers how long it took, in seconds."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while not sees():
            assert loop.time() - begun < PATIENCE, "it has not come to be"
            await asyncio.sleep(0.5)
        return loop.time() - begun


def template(image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """A pod template."""
    whole = {"containers": [{"name": "app", "image": image}], **spec}
    return {"metadata": {"labels": {"app": "web"}}, "spec": whole}


def workload(image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """The spec of a workload."""
    return {"selector": {"matchLabels": {"app": "web"}}, "template": template(image), **spec}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Nothing has happened yet."""
    made = World()
    yield made
    made.control.stop()
