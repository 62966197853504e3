"""Scenario: N objects in one Kustomization, on a real kube-apiserver, beside Flux's controllers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

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
        for what, unit, most in (("seconds", "s", None), ("requests", "", 1.0), ("CPU", "s", None))
    }
    memory = Figure("peak memory", "MB", most=1)
    async with server.session() as api:
        api.headers["User-Agent"] = AGENT
        await install(api)
        for number in range(bench.rounds):
            order = ("penstock", "flux") if number % 2 else ("flux", "penstock")
            took: dict[str, tuple[list[Taken], int]] = {}
            for side in order:
                bench.say(f"round {number + 1} of {bench.rounds}: {side}")
                name = f"{side}-{number}"
                folder = bench.folder / name
                folder.mkdir()
                repository = Repository(bench.folder / "git" / name)
                with SIDES[side](server.kubeconfig, folder) as processes:
                    delivery = Delivery(server, api, remote, repository, name, processes)
                    took[side] = (await _steps(delivery, count), processes.peak())
                repository.close()
            ours, theirs = took["penstock"], took["flux"]
            for step, mine, their in zip(STEPS, ours[0], theirs[0], strict=True):
                figures[step, "seconds"].add(mine.seconds, their.seconds)
                figures[step, "requests"].add(mine.requests, their.requests)
                figures[step, "CPU"].add(mine.cpu, their.cpu)
            memory.add(ours[1] / MEGABYTE, theirs[1] / MEGABYTE)
    return *figures.values(), memory


async def _steps(delivery: Delivery, count: int) -> list[Taken]:
    """A delivery of one object first: the start of the controllers is not what is measured."""
    delivery.repository.commit({f"apps/{name}": text for name, text in objects(1).items()})
    await delivery.follow()
    await delivery.look("warm")
    return [
        await delivery.deliver(objects(count)),
        await delivery.deliver(objects(count, changed=1)),
        await delivery.look("again"),
        await delivery.deliver(objects(1, changed=1)),
    ]


SCENARIOS = tuple(
    Scenario(
        f"kustomization-{count}",
        f"{count:,} objects in one Kustomization, beside Flux's controllers",
        lambda bench, count=count: _measure(count, bench),  # type: ignore[misc]
    )
    for count in (100, 1_000)
)
