"""Scenario: N OCIRepositories of one registry, each of an artifact of its own: fetched first, and
polled while nothing changes."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Sequence
from functools import partial

from benchmarks.controllers import SOURCE_SIDES
from benchmarks.delivery import is_ready
from benchmarks.figure import Figure
from benchmarks.scenario import Bench, Scenario
from benchmarks.turn import MEGABYTE, Match, Turn, beside_flux
from shared.manifest.identity import Manifest
from tests.fake.oci_artifact import Layer, artifact
from tests.real.registry import RealRegistry, real_registry

MATCH = Match(
    managed=(), kinds=("ocirepositories",), sides=SOURCE_SIDES, modules=("source-controller",)
)
INTERVAL = 60
"""Seconds between two polls of each."""

FILES = 10


def names(count: int) -> list[str]:
    """Of the objects, and of the repositories of the registry."""
    return [f"app-{number:04}" for number in range(count)]


def layer(name: str) -> Layer:
    """Ten manifests of a kilobyte, in a tarball."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as made:
        for number in range(FILES):
            content = f"# {name} {number}\n{number:09}\n".encode() * 50
            info = tarfile.TarInfo(f"deploy/{number}.yaml")
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return Layer(file.getvalue())


def repository(name: str, url: str) -> Manifest:
    """An OCIRepository of the tag `latest`."""
    spec: Manifest = {
        "url": url, "insecure": True, "interval": f"{INTERVAL}s", "ref": {"tag": "latest"},
    }  # fmt: skip
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
        "metadata": {"name": name}, "spec": spec,
    }  # fmt: skip


async def _story(count: int, registry: RealRegistry, turn: Turn) -> None:
    path = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{turn.namespace}/ocirepositories"
    every, told = names(count), turn.processes.last_words
    sight = await turn.watch(path)
    await turn.calm()
    asked = registry.asked()
    async with turn.step("all ready") as step:
        for name in every:
            await turn.api.create(path, repository(name, registry.url(name)))
        step.ended = await sight.until(every, is_ready, told=told)
    turn.note("all ready", "asked of the registry", registry.asked() - asked)
    await turn.calm()
    await _idle(registry, turn)
    for name in every:
        await turn.api.delete(f"{path}/{name}")
    await sight.until_gone(every, told=told)


async def _idle(registry: RealRegistry, turn: Turn) -> None:
    """As long as it takes until each was polled once."""
    asked = registry.asked()
    async with turn.step("an interval"):
        await asyncio.sleep(INTERVAL)
    turn.note("an interval", "asked of the registry", registry.asked() - asked)
    turn.note("at rest", "memory", turn.processes.size() / MEGABYTE)
    turn.note("peak", "memory", turn.processes.peak() / MEGABYTE)


async def _fill(registry: RealRegistry, count: int) -> None:
    for name in names(count):
        await registry.push(artifact(layer(name)), name, "latest")


def _measure(count: int, bench: Bench) -> Sequence[Figure]:
    with real_registry() as registry:
        asyncio.run(_fill(registry, count))
        return beside_flux(bench, partial(_story, count, registry), {}, MATCH)


SCENARIOS = (
    Scenario(
        "oci-200",
        "200 OCIRepositories of one registry, beside Flux's source-controller",
        partial(_measure, 200),
    ),
)
