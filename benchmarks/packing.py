"""Scenario: what a large artifact costs of memory while it is fetched and packed, from each kind of
place that artifacts come from."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import tarfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks.controllers import SOURCE_SIDES, Processes
from benchmarks.delivery import is_ready
from benchmarks.figure import Figure
from benchmarks.scenario import Bench, Scenario
from benchmarks.turn import MEGABYTE, Match, Promise, Turn, beside_flux
from shared.manifest.identity import Manifest
from tests.fake.oci_artifact import Layer, artifact
from tests.real.registry import RealRegistry, real_registry
from tests.real.s3_server import ACCESS_KEY, SECRET_KEY, RealS3, real_s3

PLURALS = {
    "Bucket": "buckets",
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
}
MATCH = Match(
    managed=(),
    kinds=tuple(PLURALS.values()),
    sides=SOURCE_SIDES,
    modules=("source-controller",),
)
SIZE = 300_000_000
SMALLEST, STEP, KINDS = 1_000_000, 1_000_000, 5
"""Files are of one megabyte, of two, and so on up to five."""

BOUND = 64
"""Megabytes that a process may hold above what it does at rest."""

PROMISES = {f"{kind}: memory above rest": Promise(limit=BOUND) for kind in ("git", "oci", "bucket")}
_LOOKS = 0.02
"""Seconds between two looks at how much a process holds."""
_PATIENCE = 300.0
_GROUP = "source.toolkit.fluxcd.io/v1"
_KEYS: Manifest = {"accesskey": ACCESS_KEY, "secretkey": SECRET_KEY}


def files(size: int) -> Iterator[tuple[str, bytes]]:
    """Files that no packing makes smaller, of so many bytes in all or a little more."""
    made, chance = 0, random.Random(1)
    for number in itertools.count():
        if made >= size:
            return
        content = chance.randbytes(SMALLEST + number % KINDS * STEP)
        made += len(content)
        yield f"directory-{number % 7}/file-{number:04}.bin", content


def layer(size: int) -> Layer:
    """The same files in a tarball."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as made:
        for path, content in files(size):
            info = tarfile.TarInfo(path)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return Layer(file.getvalue())


@dataclass(frozen=True, slots=True)
class Places:
    """Where the large artifact is fetched from; `size` in bytes."""

    size: int
    registry: RealRegistry
    s3: RealS3

    async def fill(self) -> None:
        """Put it there."""
        await self.registry.push(artifact(layer(self.size)), "large", "latest")
        bucket = self.s3.bucket("large")
        for path, content in files(self.size):
            await self.s3.put(bucket, {path: content})


async def _story(places: Places, turn: Turn) -> None:
    turn.repository.commit(dict(files(places.size)))
    await turn.api.create(
        f"/api/v1/namespaces/{turn.namespace}/secrets",
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": _KEYS},
    )
    bucket: Manifest = {
        "endpoint": places.s3.address,
        "bucketName": "large",
        "secretRef": {"name": "keys"},
    }
    git: Manifest = {"url": turn.shop.remote.of(turn.repository), "ref": {"branch": "main"}}
    oci: Manifest = {"url": places.registry.url("large"), "ref": {"tag": "latest"}}
    await _fetch(turn, "git", "GitRepository", git)
    await _fetch(turn, "oci", "OCIRepository", {**oci, "insecure": True})
    await _fetch(turn, "bucket", "Bucket", {**bucket, "insecure": True})


async def _fetch(turn: Turn, name: str, kind: str, spec: Manifest) -> None:
    """One object, from its making to its end, by controllers that have done nothing before."""
    path = f"/apis/{_GROUP}/namespaces/{turn.namespace}/{PLURALS[kind]}"
    sight, told = await turn.watch(path, _PATIENCE), turn.processes.last_words
    whole = {**spec, "interval": "1h", "timeout": "5m"}
    turn.processes.stop()
    turn.start()
    await turn.calm()
    rest = turn.processes.own()
    async with turn.step(name) as step, _highest(turn.processes) as peak:
        await turn.api.create(
            path, {"apiVersion": _GROUP, "kind": kind, "metadata": {"name": name}, "spec": whole}
        )
        step.ended = await sight.until([name], is_ready, told=told)
    turn.note(name, "memory above rest", (max(peak) - rest) / MEGABYTE)
    await turn.api.delete(f"{path}/{name}")
    await sight.until_gone([name], told=told)


@asynccontextmanager
async def _highest(processes: Processes) -> AsyncIterator[list[int]]:
    """What processes hold while something happens, looked at again and again."""
    found = [processes.own()]

    async def look() -> None:
        while True:
            await asyncio.sleep(_LOOKS)
            found.append(processes.own())

    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look())
        try:
            yield found
        finally:
            looking.cancel()


def _measure(size: int, bench: Bench) -> Sequence[Figure]:
    with real_registry(on_disk=True) as registry, real_s3() as s3:
        places = Places(size, registry, s3)
        asyncio.run(places.fill())
        return beside_flux(bench, partial(_story, places), PROMISES, MATCH)


SCENARIOS = (
    Scenario(
        "packing",
        "the memory that an artifact of 300 MB takes, beside Flux's source-controller",
        partial(_measure, SIZE),
    ),
)
