"""A cluster for the rooms that act, and the words to describe what is in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest

from kustomize_controller.admission import Rules
from kustomize_controller.cluster import TenantCluster
from kustomize_controller.mark import MARKS, writer_of
from kustomize_controller.normalisation import normalised
from kustomize_controller.plan import make_plan
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.cluster.remote import Remotes
from shared.cluster.remote_access import RemoteReader
from shared.cluster.throttle import Throttle
from shared.manifest.identity import Manifest, Ref
from shared.operation.change import ChangeLog
from shared.operation.drift import Drifts
from shared.operation.interruption import Interruptions
from shared.operation.memory import ApplyMemory
from shared.operation.place import Ground, Places
from shared.operation.pruning import Pruning
from shared.operation.rollout import Rollout
from shared.operation.watching import Watching
from shared.runtime.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Scene:
    """A namespace of an API server, and the rooms that act on it for one Kustomization."""

    client: Client
    namespace: str
    cluster: TenantCluster
    outlines: Caches

    def kustomization(self, name: str = "apps", **spec: object) -> Kustomization:
        """A Kustomization in the namespace."""
        return parse(
            Kustomization,
            {
                "metadata": {"name": name, "namespace": self.namespace},
                "spec": {
                    "interval": "10m",
                    "prune": True,
                    "sourceRef": {"kind": "GitRepository", "name": "apps"},
                    "timeout": "5s",
                    **spec,
                },
            },
        )

    def settings(self, name: str = "web", **data: str) -> Manifest:
        """A ConfigMap in the namespace."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": self.namespace},
            "data": data,
        }

    def ref(self, name: str = "web", kind: str = "ConfigMap", group: str = "") -> Ref:
        """An object in the namespace."""
        return Ref(group, kind, self.namespace, name)

    async def apply(self, *manifests: Manifest, ks: Kustomization | None = None) -> ChangeLog:
        """Apply manifests for a Kustomization."""
        ks = ks or self.kustomization()
        changes = ChangeLog()
        await self.try_apply(changes, *manifests, ks=ks)
        return changes

    async def try_apply(self, changes: ChangeLog, *manifests: Manifest, ks: Kustomization) -> None:
        """Apply manifests, with a change log that outlives a failure."""
        plan = make_plan([normalised(one, ks) for one in manifests], None, prune=True)
        await self.cluster.apply(ks, plan.batches, changes)

    async def exists(self, ref: Ref) -> bool:
        """Whether an object is there."""
        try:
            await self.client.get(ref)
        except NotFound:
            return False
        return True

    def count(self, verb: str, resource: str) -> int:
        """How many requests of a kind were made so far."""
        return sum(n for v, r, n in self.client.requests() if (v, r) == (verb, resource))


@pytest.fixture
async def scene(api_server, namespace: str) -> AsyncIterator[Scene]:
    """A namespace of its own on each API server. Nothing is watched, so that every apply looks at
    everything."""
    async with api_server.client() as client:
        outlines = Caches(client, SystemClock())
        yield Scene(client, namespace, rooms(client, outlines), outlines)


@pytest.fixture
async def watched(scene: Scene) -> AsyncIterator[Scene]:
    """The same, and what was applied is watched."""
    running = asyncio.create_task(scene.outlines.run())
    yield scene
    running.cancel()
    await asyncio.wait([running])


def rooms(client: Client, outlines: Caches) -> TenantCluster:
    """The rooms that act, as in a process that has just been started."""
    return TenantCluster(
        Rules(),
        places(client, outlines),
        Pruning(MARKS, 4),
        Watching(SystemClock()),
        Interruptions(),
        Drifts(SystemClock()),
    )


def places(client: Client, outlines: Caches) -> Places:
    """Our own cluster, and the way to others."""
    clock = SystemClock()
    remotes = Remotes(clock, ground, lambda: Throttle(clock, 0))
    home = Ground(client, rollout(client, outlines), outlines)
    return Places(home, RemoteReader(client, clock), remotes)


def ground(client: Client) -> Ground:
    """What is kept for another cluster."""
    outlines = Caches(client, SystemClock())
    return Ground(client, rollout(client, outlines), outlines)


def rollout(client: Client, outlines: Caches) -> Rollout:
    """What applies to a cluster, and remembers it."""
    drifts = Drifts(SystemClock())
    memory = ApplyMemory(outlines, SystemClock(), writer_of(), lambda: 0.5, drifts)
    return Rollout(client.discovery, Watching(SystemClock()), memory, 4)


def definition(group: str) -> Manifest:
    """The CustomResourceDefinition of a Widget that may hold anything."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": True,
                        }
                    },
                }
            ],
        },
    }


async def untouched(moved: Sequence[Manifest]) -> None:
    """Nothing moves while this scene waits."""
    raise AssertionError(f"{moved} moved")
