"""The controllers are killed between two steps of a rollout, each at the moment when its trace is
seen in the cluster, and the commit is taken back before they are started again.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable

import pytest

from shared.manifest.identity import metadata, section
from tests.journeys.audit import (
    audit,
    it_is_quiet_when_nothing_changed,
    listed,
    nothing_is_falsely_ready,
    nothing_is_lost,
    owned,
)
from tests.journeys.journey import Journey
from tests.journeys.scene import Files, artifact_of, deployment, directory, page, pages, title_of

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


async def test_f28_a_kill_in_the_middle_of_a_deletion_leaves_nothing_behind(
    journey: Journey,
) -> None:
    await journey.follow()
    await journey.until_applied(journey.repository.push(written(journey, "old")))
    await journey.client.delete(journey.ref("Kustomization", "apps"))

    await killed_when(journey, the_first_stale_object_is_gone)
    await journey.controllers.start()

    await journey.until_gone("Kustomization", "apps")
    assert await owned(journey) == set()


async def the_new_artifact_is_stored(journey: Journey) -> bool:
    storage = journey.repository.directory.parent / "storage/gitrepository"
    return len(list(storage.glob("*/apps/*.tar.gz"))) > 1


async def the_new_artifact_is_offered(journey: Journey) -> bool:
    artifact, found = await artifact_of(journey), await journey.find("Kustomization", "apps")
    applied = section(found or {}, "status").get("lastAppliedRevision")
    return artifact.get("revision") != applied


@pytest.mark.parametrize(
    "moment",
    [the_new_artifact_is_stored, the_new_artifact_is_offered],
    ids=["f21: stored and not yet offered", "f22: offered, and the old one is there"],
)
async def test_f21_f22_a_kill_around_an_artifact_leaves_the_status_and_the_file_in_step(
    journey: Journey, moment: Moment
) -> None:
    await journey.follow()
    await journey.until_applied(journey.repository.push(pages(journey, {"page": "Shop"})))
    revision = journey.repository.push(pages(journey, {"page": "Bigger"}))

    await killed_when(journey, moment)
    await journey.controllers.start()

    await journey.until_applied(revision)
    await audit(journey)


async def test_f27_an_object_that_was_deleted_to_be_made_anew_is_made_after_a_kill(
    journey: Journey,
) -> None:
    await journey.follow(force=True)
    await journey.until_applied(journey.repository.push(frozen(journey, "Shop")))
    held = {"metadata": {"finalizers": ["journeys.example.org/hold"]}}
    await journey.change("ConfigMap", "page", held)
    revision = journey.repository.push(frozen(journey, "Bigger"))

    await killed_when(journey, the_page_is_on_its_way_out)
    await journey.change("ConfigMap", "page", {"metadata": {"finalizers": None}})
    await journey.until_gone("ConfigMap", "page")
    await journey.controllers.start()

    await journey.until_applied(revision)
    assert await title_of(journey, "page") == "Bigger"
    await nothing_is_lost(journey)
    await nothing_is_falsely_ready(journey)
    await it_is_quiet_when_nothing_changed(journey)


async def the_page_is_on_its_way_out(journey: Journey) -> bool:
    found = await journey.find("ConfigMap", "page")
    return bool(metadata(found or {}).get("deletionTimestamp"))


def frozen(journey: Journey, title: str) -> Files:
    """A page that cannot be changed."""
    return directory(journey, {"page.yaml": json.dumps(json.loads(page("page", title)) | FROZEN)})


FROZEN = {"immutable": True}


async def test_f35_who_is_asked_to_stop_during_a_wait_stops_and_goes_on_later(
    journey: Journey,
) -> None:
    await journey.follow(wait=True, timeout="2m")
    journey.repository.push(directory(journey, {"shop.yaml": deployment("shop:broken", 1)}))
    await journey.until(lambda: it_is_waited_for(journey), "health is waited for")

    async with asyncio.timeout(10):
        assert await journey.controllers.end(signal.SIGTERM) == [0]

    revision = journey.repository.push({"apps/shop.yaml": deployment("shop:1", 0)})
    await journey.controllers.start()
    await journey.until_applied(revision)
    await audit(journey)


async def it_is_waited_for(journey: Journey) -> bool:
    status = section(await journey.find("Kustomization", "apps") or {}, "status")
    return "Running health checks" in str(status.get("conditions"))


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
