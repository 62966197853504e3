"""Scenarios of `kustomize build`: small and large trees, growth, a build after a small change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure, exponent
from benchmarks.kustomize_sides import Ours, check_equal, ours, their_start, theirs
from benchmarks.process import Cost
from benchmarks.scenario import Bench, Scenario
from benchmarks.trees import OBJECTS, TINY, big, written

MEGABYTE = 1e6
GROWTH = (1_000, 2_000, 5_000, 10_000, 20_000)
"""Objects of the trees that show how costs grow."""
PEER_GROWTH = (1_000, 2_000)
"""Those of them that the binary is asked for too: beyond, it would take minutes."""
CHANGED = ("bases/003/app-003-05.yaml", "bases/007/app-007-03.yaml", "bases/009/app-009-24.yaml")
"""One file each: plain, patched by the overlay, last of all."""


def _tiny(bench: Bench) -> Sequence[Figure]:
    written(iter(TINY.items()), bench.folder)
    inside = Figure("in a process that lives on", "s", limit=0.005)
    whole, memory = Figure("process start included", "s"), Figure("peak memory", "MB")
    for number in range(bench.rounds):
        mine, their = _both(bench.folder, turn=number)
        inside.add(mine.parts["again"], their.seconds)
        whole.add(mine.cost.seconds, their.seconds)
        memory.add(mine.cost.peak / MEGABYTE, their.peak / MEGABYTE)
    return inside, whole, memory


def _large(objects: int, bench: Bench) -> Sequence[Figure]:
    tree(objects, bench.folder)
    start = their_start()
    work = Figure("from files to YAML, process start excluded", "s", most=0.2)
    whole, cpu = Figure("process start included", "s", most=1), Figure("CPU", "s")
    memory = _memory()
    for number in range(bench.rounds):
        bench.say(f"round {number + 1} of {bench.rounds}")
        mine, their = _both(bench.folder, turn=number)
        work.add(mine.work, their.seconds - start)
        whole.add(mine.cost.seconds, their.seconds)
        cpu.add(mine.cost.cpu, their.cpu)
        memory.add(mine.cost.peak / MEGABYTE, their.peak / MEGABYTE)
    return work, whole, cpu, memory


def _memory() -> Figure:
    return Figure("peak memory", "MB", most=1)


def _both(folder: Path, turn: int) -> tuple[Ours, Cost]:
    """Both sides once, the other one first in every other round."""
    if turn % 2:
        their = theirs(folder, "overlay")
        mine = ours(folder, "overlay")
    else:
        mine = ours(folder, "overlay")
        their = theirs(folder, "overlay")
    check_equal(mine, their)
    return mine, their


def _growth(bench: Bench) -> Sequence[Figure]:
    """CPU and memory of every size, then how CPU grows: the wall shows what else goes on."""
    seconds = {size: Figure(f"{size:,} objects, CPU", "s") for size in GROWTH}
    peaks = {size: Figure(f"{size:,} objects, peak memory", "MB") for size in GROWTH}
    for size in GROWTH:
        tree(size, bench.folder / str(size))
    for number in range(bench.rounds):
        for size in GROWTH:
            bench.say(f"round {number + 1} of {bench.rounds}: {size:,} objects")
            mine = ours(bench.folder / str(size), "overlay")
            their = [theirs(bench.folder / str(size), "overlay")] if size in PEER_GROWTH else []
            seconds[size].add(mine.parts["cpu"], *(cost.cpu for cost in their))
            peaks[size].add(mine.cost.peak / MEGABYTE, *(cost.peak / MEGABYTE for cost in their))
    power = Figure("exponent of CPU", "", limit=1.05)
    power.add(
        exponent({size: figure.own for size, figure in seconds.items()}),
        exponent({size: seconds[size].other or 0 for size in PEER_GROWTH}),
    )
    return *seconds.values(), *peaks.values(), power


def _rebuild(bench: Bench) -> Sequence[Figure]:
    tree(1_000, bench.folder)
    figure = Figure("after a change of one file, beside a build from the start", "s", most=0.05)
    for _ in range(bench.rounds):
        mine = ours(bench.folder, "overlay", *CHANGED)
        figure.add(mine.parts["rebuild"], mine.parts["cold"])
    return (figure,)


def tree(objects: int, folder: Path) -> Path:
    """Write a tree of about so many objects (and one generated for each hundred)."""
    return written(big(objects // OBJECTS), folder)


SCENARIOS = (
    Scenario("kustomize-tiny", "kustomize build: three objects with an overlay", _tiny),
    Scenario(
        "kustomize-1000",
        "kustomize build: 1,000 objects in ten bases with an overlay",
        lambda bench: _large(1_000, bench),
    ),
    Scenario(
        "kustomize-2000",
        "kustomize build: 2,000 objects in twenty bases with an overlay",
        lambda bench: _large(2_000, bench),
    ),
    Scenario("kustomize-growth", "kustomize build: growth", _growth),
    Scenario("kustomize-rebuild", "kustomize build: 1,000 objects, one file changed", _rebuild),
)
