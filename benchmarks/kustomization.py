"""Scenario: N objects in one Kustomization, on a real kube-apiserver, beside Flux's controllers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.controllers import Processes, flux, penstock
from benchmarks.delivery import AGENT, Delivery, Taken, install
from benchmarks.figure import Figure
from benchmarks.process import RunError
from benchmarks.scenario import Bench, Scenario
from tests import servers
from tests.fake.git_remote import HttpRemote, Repository, serving
from tests.real.go_program import BuildError
from tests.servers import RealServer

STEPS = ("first apply", "one changed", "nothing changed", "prune")
MEGABYTE = 1e6
Side = Callable[[Path, Path], AbstractContextManager[Processes]]
SIDES: dict[str, Side] = {"penstock": penstock, "flux": flux}
ORDERS = (("flux", "penstock"), ("penstock", "flux"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn happens: the server, a folder for files, a `name` for all that is its own."""

    server: RealServer
    api: aiohttp.ClientSession
    remote: HttpRemote
    folder: Path
    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What each step took, and the bytes of the processes at the largest."""

    taken: list[Taken]
    peak: int


def objects(count: int, *, changed: int = 0) -> dict[str, str]:
    """A directory of ConfigMaps; those below `changed` say something else than before."""
    maps = [_map(number, "new" if number < changed else "old") for number in range(count)]
    return {
        "kustomization.yaml": json.dumps({"resources": ["objects.yaml"]}),
        "objects.yaml": "---\n".join(json.dumps(each) + "\n" for each in maps),
    }


def _map(number: int, value: str) -> object:
    name = f"object-{number:05}"
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"is": value},
    }  # fmt: skip


def _measure(count: int, bench: Bench) -> Sequence[Figure]:
    try:
        with servers.real() as server, serving(bench.folder / "git") as remote:
            (bench.folder / "git").mkdir()
            return asyncio.run(_rounds(count, bench, server, remote))
    except BuildError as error:
        raise RunError(str(error)) from error


async def _rounds(
    count: int, bench: Bench, server: RealServer, remote: HttpRemote
) -> Sequence[Figure]:
    figures = {
        (step, what): Figure(f"{step}: {what}", unit, most)
        for step in STEPS
        for what, unit, most in (("seconds", "s", None), ("requests", "", 1.0), ("cpu", "s", None))
    }
    memory = Figure("peak memory", "MB", most=1)
    async with server.session() as api:
        api.headers["User-Agent"] = AGENT
        await install(api)
        for number in range(bench.rounds):
            took: dict[str, Turn] = {}
            for side in ORDERS[number % 2]:
                bench.say(f"round {number + 1} of {bench.rounds}: {side}")
                place = Place(server, api, remote, bench.folder, f"{side}-{number}")
                took[side] = await _turn(count, side, place)
            for step, mine, their in zip(
                STEPS, took["penstock"].taken, took["flux"].taken, strict=True
            ):
                for what in ("seconds", "requests", "cpu"):
                    figures[step, what].add(getattr(mine, what), getattr(their, what))
            memory.add(took["penstock"].peak / MEGABYTE, took["flux"].peak / MEGABYTE)
    return *figures.values(), memory


async def _turn(count: int, side: str, place: Place) -> Turn:
    """All steps with the controllers of one side."""
    folder = place.folder / place.name
    folder.mkdir()
    repository = Repository(place.folder / "git" / place.name)
    try:
        with SIDES[side](place.server.kubeconfig, folder) as processes:
            delivery = Delivery(
                place.server, place.api, place.remote, repository, place.name, processes
            )
            return Turn(await _steps(delivery, count), processes.peak())
    finally:
        repository.close()


async def _steps(delivery: Delivery, count: int) -> list[Taken]:
    """A delivery of one object first: the start of the controllers is not what is measured."""
    delivery.repository.commit({f"apps/{name}": text for name, text in objects(1).items()})
    await delivery.follow()
    await delivery.look("warm")
    taken = [
        await delivery.deliver(objects(count)),
        await delivery.deliver(objects(count, changed=1)),
        await delivery.look("again"),
        await delivery.deliver(objects(1, changed=1)),
    ]
    await delivery.end()
    return taken


SCENARIOS = tuple(
    Scenario(
        f"kustomization-{count}",
        f"{count:,} objects in one Kustomization, beside Flux's controllers",
        lambda bench, count=count: _measure(count, bench),  # type: ignore[misc]
    )
    for count in (100, 1_000)
)
