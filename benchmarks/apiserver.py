"""Scenario: the embedded API server beside kube-apiserver with etcd: start, size, speed.

The peer's etcd does not wait for the disk (it runs as in the tests), so it is measured at its best.
Ours is measured twice: in memory, and kept on the disk with every write safe before its answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson

from benchmarks.figure import Figure
from benchmarks.process import RunError
from benchmarks.scenario import Bench, Scenario
from benchmarks.server_process import ServerProcess, embedded, real

COLLECTION = "/api/v1/namespaces/default/configmaps"
CONCURRENT = (1, 8, 32)
WATCHERS = 50
CHANGES = 100
MANY = 10_000
_APPLY = {"Content-Type": "application/apply-patch+yaml"}
_OPTIONS = {"fieldManager": "bench", "force": "true"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one side took in one round. Times in seconds, sizes in megabytes."""

    start: float
    empty: float
    full: float
    apply: tuple[float, ...]
    listing: float
    watch: float


def config_map(number: int) -> bytes:
    """A ConfigMap of a usual size."""
    return orjson.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"map-{number:05}", "labels": {"app": "bench"}},
            "data": {"text": "x" * 200, "number": str(number)},
        }
    )


async def applied(session: aiohttp.ClientSession, numbers: Sequence[int], concurrent: int) -> float:
    """Seconds an apply takes on average, so many at a time. Raises RunError for a refused one."""
    left = iter(numbers)

    async def work() -> None:
        for number in left:
            path = f"{COLLECTION}/map-{number:05}"
            async with session.patch(
                path, params=_OPTIONS, data=config_map(number), headers=_APPLY
            ) as answer:
                if answer.status not in {200, 201}:
                    raise RunError(f"an apply was refused: {await answer.text()}")
                await answer.read()

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(concurrent):
            tasks.create_task(work())
    return (time.perf_counter() - begun) / len(numbers)


async def listed(session: aiohttp.ClientSession) -> float:
    """Seconds until a list of all ConfigMaps is here."""
    begun = time.perf_counter()
    async with session.get(COLLECTION) as answer:
        await answer.read()
    return time.perf_counter() - begun


async def watched(session: aiohttp.ClientSession) -> float:
    """Seconds until every watcher has seen every change."""
    async with session.get(COLLECTION, params={"limit": "1"}) as answer:
        since = orjson.loads(await answer.read())["metadata"]["resourceVersion"]
    ready = asyncio.Semaphore(0)

    async def watch() -> None:
        options = {"watch": "1", "resourceVersion": since}
        async with session.get(COLLECTION, params=options) as answer:
            ready.release()
            for _ in range(CHANGES):
                await answer.content.readline()
            answer.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WATCHERS):
            tasks.create_task(watch())
        for _ in range(WATCHERS):
            await ready.acquire()
        begun = time.perf_counter()
        tasks.create_task(applied(session, range(MANY, MANY + CHANGES), 8))
    return time.perf_counter() - begun


async def _steps(server: ServerProcess) -> Taken:
    empty = server.size()
    async with server.session() as session:
        await applied(session, range(100), 1)  # nobody measures the first turns of an engine
        speeds = [
            await applied(session, range(1000 * at, 1000 * at + 500), concurrent)
            for at, concurrent in enumerate(CONCURRENT, 1)
        ]
        await applied(session, range(MANY), 32)
        full = server.size()
        await listed(session)
        listing = await listed(session)
        watch = await watched(session)
    return Taken(server.seconds, empty, full, tuple(speeds), listing, watch)


def _measure(bench: Bench) -> Sequence[Figure]:
    figures = _Figures()
    sides: dict[str, Callable[[], AbstractContextManager[ServerProcess]]] = {
        "kube-apiserver": real,
        "in memory": lambda: embedded(()),
        "on the disk": lambda: embedded(("--data-dir", str(_folder(bench)))),
    }
    for number in range(bench.rounds):
        taken: dict[str, Taken] = {}
        for name in sorted(sides, reverse=bool(number % 2)):
            bench.say(f"round {number + 1} of {bench.rounds}: {name}")
            with sides[name]() as server:
                taken[name] = asyncio.run(_steps(server))
        figures.add(taken)
    return figures.all


def _folder(bench: Bench) -> Path:
    made = bench.folder / f"cluster-{time.monotonic_ns()}"
    made.mkdir()
    return made


class _Figures:
    """All figures of the scenario."""

    def __init__(self) -> None:
        self._start = Figure("start", "s", limit=0.5)
        self._empty = Figure("size, empty", "MB", most=0.25)
        self._full = Figure(f"size, with {MANY:,} ConfigMaps", "MB", most=0.25)
        self._speeds = {
            (where, count): Figure(f"an apply, {count} at a time, {where}", "ms", most=2)
            for where in ("in memory", "on the disk")
            for count in CONCURRENT
        }
        self._listing = Figure(f"list of {MANY:,}", "s")
        self._watch = Figure(f"{CHANGES} changes to {WATCHERS} watchers", "s")

    @property
    def all(self) -> list[Figure]:
        """In the order of the table."""
        sizes = (self._start, self._empty, self._full)
        return [*sizes, *self._speeds.values(), self._listing, self._watch]

    def add(self, taken: dict[str, Taken]) -> None:
        """Note one round."""
        ours, theirs = taken["in memory"], taken["kube-apiserver"]
        self._start.add(ours.start, theirs.start)
        self._empty.add(ours.empty, theirs.empty)
        self._full.add(ours.full, theirs.full)
        for (where, count), figure in self._speeds.items():
            at = CONCURRENT.index(count)
            figure.add(taken[where].apply[at] * 1000, theirs.apply[at] * 1000)
        self._listing.add(ours.listing, theirs.listing)
        self._watch.add(ours.watch, theirs.watch)


SCENARIOS = (
    Scenario("apiserver", "the embedded API server, beside kube-apiserver with etcd", _measure),
)
