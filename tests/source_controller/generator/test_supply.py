from __future__ import annotations

import hashlib
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from shared.api.artifact import Artifact
from shared.artifact.archive import MIB
from shared.artifact.error import ArtifactAway, ArtifactNotFound
from shared.artifact.tarball import Entry, write
from shared.manifest.identity import Manifest, Ref
from shared.problem import Problem
from shared.reconcile.failure import Waiting
from source_controller.generator.material import File, Material
from source_controller.generator.spool import Spool
from source_controller.generator.supply import ClusterSupply, Keep, digest_of

PAUSE, SOON = timedelta(seconds=30), timedelta(seconds=4)


@dataclass
class Nothing:
    """A cluster without sources, and a server that gives nothing."""

    problem: Problem

    async def get(self, ref: Ref) -> Manifest:
        raise self.problem

    async def into(self, artifact: Artifact, file: IO[bytes]) -> None:
        raise self.problem


async def fetched(problem: Problem, scratch: Path) -> object:
    world = Nothing(problem)
    return await ClusterSupply(world, {}, world, PAUSE, scratch).fetch({"a": offer("1")})


def offer(revision: str) -> Artifact:
    return Artifact(
        digest="sha256:1",
        last_update_time=datetime(2026, 1, 1, tzinfo=UTC),
        path="a",
        revision=revision,
        url="http://source/a",
    )


def material(size: int) -> Material:
    return Material({"a": File(bytes(size))})


def test_what_sources_offer_is_one_digest_as_in_flux():
    # Made by Flux's HashObservedSources of the same.
    observed = {"b": offer("2"), "a": offer("1")}

    assert digest_of(observed) == digest_of({"a": offer("1"), "b": offer("2")})
    assert digest_of(observed) == (
        "sha256:44130b0dd72d360576e93be8a503944d39c281bf10532132cb1ef3c2e99a284b"
    )


def test_what_was_not_asked_for_the_longest_goes_first():
    keep = Keep(10_000)
    for name in "abc":
        keep.remember(name, material(4_000))
        keep.recall("a")

    assert keep.recall("b") is None
    assert keep.recall("a") is not None
    assert keep.recall("c") is not None


def test_what_is_too_large_is_not_kept():
    keep = Keep(1_000)
    keep.remember("a", material(10))
    keep.remember("b", material(4_000))

    assert keep.recall("a") is None
    assert keep.recall("b") is None
    keep.remember("c", material(10))
    assert keep.recall("c") is not None


@pytest.mark.parametrize(
    ("problem", "soon"),
    [
        (ArtifactNotFound("artifact not found: x"), PAUSE),
        (ArtifactAway("failed to download x", SOON, lasting=False), SOON),
    ],
    ids=["not on offer any more", "its server is away for a moment"],
)
async def test_an_artifact_that_may_come_is_waited_for_and_nobody_is_alarmed(
    tmp_path: Path, problem: Problem, soon: timedelta
):
    with pytest.raises(Waiting, match=f"fetch sources failed: {problem}") as waiting:
        await fetched(problem, tmp_path)

    assert (waiting.value.reason, waiting.value.retry_in) == ("SourceFetchFailed", soon)
    assert not waiting.value.alarm


async def test_a_server_that_has_been_away_for_long_is_for_somebody_to_know(tmp_path: Path):
    away = ArtifactAway("failed to download x", SOON, lasting=True)

    with pytest.raises(ArtifactAway):
        await fetched(away, tmp_path)


def test_the_memory_that_an_artifact_takes_does_not_depend_on_its_size(tmp_path: Path):
    packed = tmp_path / "packed"
    with packed.open("wb") as sink:
        write([Entry("large", bytes(48 * MIB))], sink)
    spool = Spool(tmp_path / "scratch")

    tracemalloc.start()
    with packed.open("rb") as file:
        material = Material.unpacked(file, spool)
    made = hashlib.sha256()
    for piece in material.files["large"].pieces():
        made.update(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert material.files["large"].size == 48 * MIB
    assert made.digest() == material.files["large"].digest()
    assert peak < 8 * MIB
