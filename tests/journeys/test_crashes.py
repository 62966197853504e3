"""The controllers are killed between two steps of a rollout, each at the moment when its trace is
seen in the cluster, and the commit is taken back before they are started again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest

from tests.journeys.audit import (
    it_is_quiet_when_nothing_changed,
    listed,
    nothing_is_falsely_ready,
    nothing_is_lost,
    owned,
)
from tests.journeys.journey import Journey
from tests.journeys.scene import Files, pages

pytestmark = pytest.mark.slow

NUMBER = 12
Moment = Callable[[Journey], Awaitable[bool]]


async def the_inventory_lists_what_is_planned(journey: Journey) -> bool:
    return any(ref.name.startswith("new") for ref in await listed(journey))


async def the_first_object_is_there(journey: Journey) -> bool:
    return any(ref.name.startswith("new") for ref in await owned(journey))


async def the_last_object_is_there(journey: Journey) -> bool:
    return await numbered(journey, "new") == NUMBER


async def the_first_stale_object_is_gone(journey: Journey) -> bool:
    return await numbered(journey, "old") < NUMBER


async def the_last_stale_object_is_gone(journey: Journey) -> bool:
    return await numbered(journey, "old") == 0


async def numbered(journey: Journey, word: str) -> int:
    return sum(ref.name.startswith(word) for ref in await owned(journey))


MOMENTS = (
    the_inventory_lists_what_is_planned,
    the_first_object_is_there,
    the_last_object_is_there,
    the_first_stale_object_is_gone,
    the_last_stale_object_is_gone,
)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda one: one.__name__)
async def test_f20_a_kill_between_two_steps_leaves_nothing_that_is_not_listed(
    journey: Journey, moment: Moment
) -> None:
    await journey.follow()
    await journey.until_applied(journey.repository.push(written(journey, "old")))
    journey.repository.push(written(journey, "new", instead_of="old"))

    await killed_when(journey, moment)
    lost = await owned(journey) - await listed(journey)
    reverted = journey.repository.push(written(journey, "old", instead_of="new"))
    await journey.controllers.start()

    await journey.until_applied(reverted)
    assert lost == set()
    assert await numbered(journey, "new") == 0
    assert await numbered(journey, "old") == NUMBER
    await nothing_is_lost(journey)
    await nothing_is_falsely_ready(journey)
    await it_is_quiet_when_nothing_changed(journey)


async def test_f30_a_kill_in_the_middle_of_a_deletion_leaves_nothing_behind(
    journey: Journey,
) -> None:
    await journey.follow()
    await journey.until_applied(journey.repository.push(written(journey, "old")))
    await journey.client.delete(journey.ref("Kustomization", "apps"))

    await killed_when(journey, the_first_stale_object_is_gone)
    await journey.controllers.start()

    await journey.until_gone("Kustomization", "apps")
    assert await owned(journey) == set()


def written(journey: Journey, word: str, *, instead_of: str = "") -> Files:
    """A page that stays, and twelve that go by a word; those by another word are taken away."""
    names = [f"{word}-{number}" for number in range(NUMBER)]
    gone = {f"apps/{instead_of}-{n}.yaml": None for n in range(NUMBER) if instead_of}
    return {**gone, **pages(journey, dict.fromkeys(["page", *names], "Shop"))}


async def killed_when(journey: Journey, moment: Moment) -> None:
    """Kill the controllers as soon as something is seen."""
    async with asyncio.timeout(40):
        while not await moment(journey):
            await asyncio.sleep(0)
    await journey.controllers.end(signal.SIGKILL)
