"""Scenario: the controllers start: with something new to do, and with everything in place."""

from __future__ import annotations

from functools import partial

from benchmarks.delivery import Delivery
from benchmarks.kustomization import APPS, objects
from benchmarks.scenario import Scenario
from benchmarks.turn import MEGABYTE, Promise, Turn, beside_flux

PROMISES = {
    "cold start: seconds": Promise(limit=3),
    "restart: writes of objects": Promise(limit=0),
}


async def _story(count: int, turn: Turn) -> None:
    turn.processes.stop()
    turn.repository.commit(objects(1))
    delivery = await Delivery.open(turn)
    await delivery.add(APPS)
    async with turn.step("cold start") as step:
        turn.start()
        step.ended = await delivery.until(APPS, lambda _: True)
    await turn.calm()
    turn.note("at rest", "memory", turn.processes.size() / MEGABYTE)
    async with turn.step("first apply") as step:
        await delivery.deliver(step, objects(count), APPS)
    await turn.calm()
    turn.processes.stop()
    async with turn.step("restart") as step:
        turn.start()
        await delivery.look("apps", "after the restart")
    await turn.calm()
    await delivery.end(APPS)


SCENARIOS = (
    Scenario(
        "start",
        "the first reconciliation after a start, and a restart with 1,000 objects in place",
        partial(beside_flux, story=partial(_story, 1_000), promises=PROMISES),
    ),
)
