"""Scenario: how what a Kustomization costs grows with the number of its objects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.delivery import Delivery
from benchmarks.figure import Figure, exponent
from benchmarks.kustomization import APPS, deliveries, objects
from benchmarks.scenario import Bench, Scenario
from benchmarks.sight import PATIENCE
from benchmarks.turn import MEGABYTE, Turn, beside_flux

SIZES = (100, 1_000, 5_000, 10_000)
SHORT = SIZES[:-1]
STEPS = ("first apply", "one changed", "nothing changed", "prune")
_EACH = 0.06
"""Seconds that an object may take, on the slower side."""
MEMORY = "at rest, after the first apply: memory"


async def _story(count: int, turn: Turn) -> None:
    turn.repository.commit(objects(1))
    delivery = await Delivery.open(turn, patience=PATIENCE + count * _EACH)
    await delivery.add(APPS)
    await delivery.look("apps", "warm")
    await turn.calm()
    await deliveries(delivery, count)
    turn.found[MEMORY] = turn.processes.size() / MEGABYTE
    async with turn.step("prune") as step:
        await delivery.deliver(step, objects(1, changed=1), APPS)
    await turn.calm()
    await delivery.end(APPS)


def _measure(sizes: Sequence[int], bench: Bench) -> Sequence[Figure]:
    """All sizes, then how time, CPU and memory grow from the first to the last."""
    found: dict[int, list[Figure]] = {}
    for size in sizes:
        bench.say(f"{size:,} objects")
        folder = bench.folder / str(size)
        folder.mkdir()
        found[size] = [
            *beside_flux(Bench(bench.rounds, folder, bench.say), partial(_story, size), {})
        ]
    figures = [_sized(size, figure) for size in sizes for figure in found[size] if _tells(figure)]
    powers = [_power(step, what, found) for step in STEPS for what in ("cpu", "seconds")]
    return [*figures, *powers, _memory(found)]


def _tells(figure: Figure) -> bool:
    return figure.name.endswith((": cpu", ": seconds", ": memory", ": of objects"))


def _sized(size: int, figure: Figure) -> Figure:
    return Figure(
        f"{size:,} objects, {figure.name}", figure.unit, None, None, figure.ours, figure.theirs
    )


def _power(step: str, what: str, found: dict[int, list[Figure]]) -> Figure:
    """The exponent of a step, of both sides, round by round."""
    name = f"{step}: {what}"
    by_size = {size: _named(name, figures) for size, figures in found.items()}
    limit = 1.05 if what == "cpu" else None
    power = Figure(f"exponent of {name}", "", limit=limit)
    ours = exponent({size: figure.own for size, figure in by_size.items()})
    theirs = exponent({size: figure.other or 0.0 for size, figure in by_size.items()})
    power.add(ours, theirs)
    return power


def _memory(found: dict[int, list[Figure]]) -> Figure:
    """Megabytes for each thousand objects, from the smallest to the largest."""
    first, *_, last = found
    small, large = _named(MEMORY, found[first]), _named(MEMORY, found[last])
    thousands = (last - first) / 1_000
    growth = Figure("memory for each 1,000 objects", "MB", limit=3)
    growth.add(
        (large.own - small.own) / thousands, ((large.other or 0) - (small.other or 0)) / thousands
    )
    return growth


def _named(name: str, figures: Sequence[Figure]) -> Figure:
    return next(figure for figure in figures if figure.name == name)


SCENARIOS = (
    Scenario("growth", "one Kustomization of 100 to 10,000 objects", partial(_measure, SIZES)),
    Scenario("growth-5000", "one Kustomization of 100 to 5,000 objects", partial(_measure, SHORT)),
)
