from __future__ import annotations

import asyncio

import pytest

from shared.cluster.error import NoSuchKind, Unreachable
from shared.manifest.identity import Kind
from shared.problem import Problem
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from shared.runtime.source_watch import SourceWatch
from tests.fake.clock import ManualClock

BUCKET = Kind("source.toolkit.fluxcd.io", "v1", "Bucket")
OTHER = Kind("source.toolkit.fluxcd.io", "v1", "OCIRepository")
WOKEN = Key("apps", "woken")


class Cluster:
    """Serves a kind after so many questions; `fault` until then."""

    def __init__(self, fault: Problem, **served: int) -> None:
        self.fault, self.served = fault, served
        self.asked: list[str] = []
        self.watched: list[str] = []

    async def resource_of(self, kind: Kind) -> object:
        self.asked.append(kind.kind)
        if self.asked.count(kind.kind) <= self.served[kind.kind]:
            raise self.fault
        return object()

    def watch(self, kind: Kind):
        self.watched.append(kind.kind)
        return lambda queue: queue.add(WOKEN)


async def seen(cluster: Cluster, clock: ManualClock) -> Queue:
    queue = Queue()
    watch = SourceWatch(cluster, (BUCKET, OTHER), cluster.watch, clock)
    watch.heed(queue)
    async with asyncio.timeout(5):
        await watch.run()
    return queue


async def test_what_is_installed_is_watched_at_once() -> None:
    cluster, clock = Cluster(NoSuchKind("no"), Bucket=0, OCIRepository=0), ManualClock()

    queue = await seen(cluster, clock)

    assert sorted(cluster.watched) == ["Bucket", "OCIRepository"]
    assert clock.monotonic() == 0
    assert await queue.take() == WOKEN


@pytest.mark.parametrize("fault", [NoSuchKind("no"), Unreachable("nobody there")])
async def test_what_is_not_is_looked_for_once_a_minute(fault: Problem) -> None:
    cluster, clock = Cluster(fault, Bucket=3, OCIRepository=0), ManualClock()

    await seen(cluster, clock)

    assert cluster.watched == ["OCIRepository", "Bucket"]
    assert clock.monotonic() == 180
    assert cluster.asked.count("OCIRepository") == 1
