"""What has not moved costs no request; what has is noticed and put right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest

from kustomize_controller.built import Built
from kustomize_controller.mark import MARKS, writer_of
from kustomize_controller.normalisation import normalised
from kustomize_controller.plan import inventory_of
from shared.api.kustomization import KustomizationStatus
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, metadata, section, text
from shared.manifest.managed_fields import entry_of
from shared.operation.drift import Drifts
from shared.operation.listing import FEW
from shared.operation.memory import TRUSTED_FOR, ApplyMemory
from shared.operation.survey import Known, Surveyor
from tests.fake.clock import ManualClock
from tests.kustomize_controller.conftest import Scene, rooms, untouched

CONFIG_MAP = Kind("", "v1", "ConfigMap")


def objects(scene: Scene, number: int = 5) -> list[Manifest]:
    return [scene.settings(f"object-{n}", colour="red") for n in range(number)]


def requests(scene: Scene) -> dict[tuple[str, str], int]:
    return {
        (verb, resource): number
        for verb, resource, number in scene.client.requests()
        if verb != "watch"
    }


async def level(scene: Scene, manifests: Iterable[Manifest]) -> None:
    """Wait until the watch has seen what was done: what it will not see within ten seconds, or
    what is not there any more, it never will."""
    outlines = scene.outlines.of(CONFIG_MAP, metadata_only=True, labels=MARKS.owner_name)
    for manifest in manifests:
        name = text(metadata(manifest), "name")
        async with asyncio.timeout(10):
            while not await _is_seen(scene, outlines.find(scene.namespace, name), name):
                await asyncio.sleep(0.01)


async def _is_seen(scene: Scene, held: Manifest | None, name: str) -> bool:
    ref = scene.ref(name)
    if not await scene.exists(ref):
        return held is None
    live = await scene.client.get(ref)
    if MARKS.owner_name not in labels_of(live):
        return held is None
    return (
        held is not None and metadata(held)["resourceVersion"] == metadata(live)["resourceVersion"]
    )


async def applied(scene: Scene, number: int = 5) -> list[Manifest]:
    manifests = objects(scene, number)
    await scene.apply(*manifests)
    await level(scene, manifests)
    return manifests


@pytest.mark.slow
async def test_a_hundred_objects_that_have_not_moved_cost_no_request(watched) -> None:
    manifests = await applied(watched, 100)
    before = requests(watched)

    changes = await watched.apply(*manifests)

    assert requests(watched) == before
    assert [change.action for change in changes.changes] == ["unchanged"] * 100


async def test_waiting_for_plain_objects_that_have_not_moved_costs_nothing_either(watched) -> None:
    manifests = await applied(watched)
    before = requests(watched)

    ks = watched.kustomization(wait=True)
    changes = await watched.apply(*manifests, ks=ks)
    report = await watched.cluster.check(ks, changes.applied(), changes, untouched)

    assert report.faults == ()
    assert requests(watched) == before


async def test_only_what_is_wanted_otherwise_is_asked_for(watched) -> None:
    manifests = await applied(watched)
    before = requests(watched)
    manifests[0]["data"] = {"colour": "blue"}

    changes = await watched.apply(*manifests)

    cost = {
        key: n - before.get(key, 0) for key, n in requests(watched).items() if n != before.get(key)
    }
    assert str(changes) == f"ConfigMap/{watched.namespace}/object-0 configured: data.colour"
    # The watch has shown all else, and nobody else of the stage has to be kept from being written.
    assert cost == {("apply", "configmaps"): 1}


async def test_an_owner_rests_until_something_becomes_of_an_object_of_its(watched) -> None:
    manifests = await applied(watched)
    refs = [Ref.of(manifest) for manifest in manifests]
    built, listed = Built((), "sha256:1"), KustomizationStatus(inventory=inventory_of(refs))
    ks = watched.kustomization().model_copy(update={"status": listed})
    assert not await watched.cluster.rests(ks, built)
    await watched.apply(*manifests)
    watched.cluster.rest(ks, built, ks.status.inventory)
    before = requests(watched)

    assert await watched.cluster.rests(ks, built)
    assert not await watched.cluster.rests(ks, Built((), "sha256:2"))
    assert requests(watched) == before

    for change, rests in (
        ({"metadata": {"labels": {"another": "label"}}}, True),
        ({"data": {"colour": None}}, False),
    ):
        await watched.client.patch(refs[0], change, manager="someone")
        await watched.cluster.places.home.rollout.memory.level([CONFIG_MAP])
        assert await watched.cluster.rests(ks, built) is rests


async def test_an_object_that_has_changed_since_it_was_shown_is_looked_at_first(scene) -> None:
    await scene.apply(scene.settings(colour="red"))
    shown = await scene.client.get(scene.ref())
    other = {"metadata": {"labels": {"another": "label"}}}
    await scene.client.patch(scene.ref(), other, manager="someone")
    wanted = normalised(scene.settings(colour="blue"), scene.kustomization())
    surveyor = Surveyor(scene.client, writer_of(), forced=False)

    assert await surveyor.at_once(wanted, Known(shown, None, same=False)) is None

    assert (await scene.client.get(scene.ref()))["data"] == {"colour": "red"}


async def _colour(scene: Scene, colour: str) -> None:
    await scene.client.patch(scene.ref("object-0"), {"data": {"colour": colour}}, manager="someone")


async def _change(scene: Scene) -> None:
    await _colour(scene, "x")


async def _change_as_us(scene: Scene) -> None:
    other = scene.settings("object-0", colour="x")
    metadata(other)["labels"] = labels_of(await scene.client.get(scene.ref("object-0")))
    await asyncio.sleep(1.1)  # the entry of an apply says when it was, in seconds
    await scene.client.apply(other, manager=MARKS.manager)


async def _remove_a_field(scene: Scene) -> None:
    await scene.client.patch(scene.ref("object-0"), {"data": {"colour": None}}, manager="someone")


async def _unlabel(scene: Scene) -> None:
    patch = {"metadata": {"labels": {MARKS.owner_name: None}}}
    await scene.client.patch(scene.ref("object-0"), patch, manager="someone")


async def _delete(scene: Scene) -> None:
    await scene.client.delete(scene.ref("object-0"))


async def _replace(scene: Scene) -> None:
    live = await scene.client.get(scene.ref("object-0"))
    await scene.client.delete(scene.ref("object-0"))
    labels = section(metadata(live), "labels")
    copy = scene.settings("object-0", colour="red")
    await scene.client.create(
        {**copy, "metadata": {**metadata(copy), "labels": labels}}, manager="someone"
    )


async def _disown(scene: Scene) -> None:
    patch = {"metadata": {"managedFields": [{}]}}
    await scene.client.patch(scene.ref("object-0"), patch, manager="someone")


async def _add_by_kubectl(scene: Scene) -> None:
    await scene.client.patch(scene.ref("object-0"), {"data": {"more": "x"}}, manager="kubectl")


MOVEMENTS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "a field is changed": _change,
    "a field is changed in our name": _change_as_us,
    "a field is removed": _remove_a_field,
    "our label is taken off": _unlabel,
    "it is deleted": _delete,
    "it is replaced by another of its name": _replace,
    "field ownership is reset": _disown,
    "kubectl adds a field": _add_by_kubectl,
}


@pytest.mark.slow
@pytest.mark.parametrize("movement", MOVEMENTS)
async def test_what_moved_is_put_right_at_the_next_reconcile(watched, movement: str) -> None:
    manifests = await applied(watched)
    await MOVEMENTS[movement](watched)
    await level(watched, manifests)

    changes = await watched.apply(*manifests)

    live = await watched.client.get(watched.ref("object-0"))
    assert [change.ref.name for change in changes.changes if change.action != "unchanged"] == [
        "object-0"
    ]
    assert live["data"] == {"colour": "red"}
    assert MARKS.owner_name in labels_of(live)
    assert entry_of(live, MARKS.manager)


async def test_what_others_do_beside_us_moves_nothing(watched) -> None:
    manifests = await applied(watched)
    patch = {"metadata": {"labels": {"theirs": "x"}}, "data": {"more": "x"}}
    await watched.client.patch(watched.ref("object-0"), patch, manager="someone")
    await level(watched, manifests)
    before = requests(watched)

    await watched.apply(*manifests)

    assert requests(watched) == before


async def test_a_mark_on_the_live_object_is_noticed(watched) -> None:
    manifests = await applied(watched)
    mark = {"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}}
    await watched.client.patch(watched.ref("object-0"), mark, manager="someone")
    await level(watched, manifests)

    changes = await watched.apply(*manifests)

    assert "skipped" in [change.action for change in changes.changes]


async def test_what_somebody_else_wrote_just_as_wanted_becomes_ours(watched) -> None:
    [manifest] = await applied(watched, 1)
    await watched.client.patch(
        watched.ref("object-0"), {"data": {"colour": "x"}}, manager="someone"
    )
    manifest["data"] = {"colour": "x"}
    await watched.apply(manifest)
    await watched.client.patch(
        watched.ref("object-0"), {"data": {"colour": "y"}}, manager="someone"
    )
    await level(watched, [manifest])

    await watched.apply(manifest)

    assert (await watched.client.get(watched.ref("object-0")))["data"] == {"colour": "x"}


async def test_a_process_that_has_just_started_looks_at_everything(watched) -> None:
    manifests = await applied(watched)
    before = requests(watched)

    fresh = Scene(
        watched.client, watched.namespace, rooms(watched.client, watched.outlines), watched.outlines
    )
    await fresh.apply(*manifests)

    assert requests(watched)["get", "configmaps"] == before["get", "configmaps"] + 5


async def test_a_request_to_reconcile_overlooks_nothing(watched) -> None:
    """The watch may be late: an explicit request brings it level by one list."""
    manifests = await applied(watched)
    before = requests(watched)
    ks = watched.kustomization()
    asked = ks.metadata.model_copy(
        update={"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}
    )
    await _delete(watched)

    changes = await watched.apply(*manifests, ks=ks.model_copy(update={"metadata": asked}))

    assert str(changes) == f"ConfigMap/{watched.namespace}/object-0 created: it was gone"
    # As many pages as the list had with which the watch began: other tests' objects are in it.
    assert requests(watched)["list", "configmaps"] == before["list", "configmaps"] * 2


@pytest.mark.slow
@pytest.mark.parametrize("movement", MOVEMENTS)
async def test_without_memory_the_outcome_is_the_same(watched, movement: str) -> None:
    manifests = await applied(watched)
    await MOVEMENTS[movement](watched)
    await level(watched, manifests)
    watched.cluster.places.home.rollout.memory.drop()

    changes = await watched.apply(*manifests)

    live = await watched.client.get(watched.ref("object-0"))
    assert len(changes.changes) == len(manifests)
    assert [change.ref.name for change in changes.changes if change.action != "unchanged"] == [
        "object-0"
    ]
    assert live["data"] == {"colour": "red"}


async def test_a_second_look_is_due_after_some_hours(watched) -> None:
    outlines = watched.outlines
    clock = ManualClock()
    memory = ApplyMemory(outlines, clock, writer_of(), lambda: 0.5, Drifts(clock))
    [manifest] = await applied(watched, 1)
    wanted = normalised(manifest, watched.kustomization())
    memory.keep(wanted, await watched.client.get(watched.ref("object-0")))

    assert memory.standing(wanted)
    clock.advance(TRUSTED_FOR)
    assert memory.standing(wanted) is None


async def test_a_kind_that_cannot_be_listed_is_not_trusted(watched) -> None:
    memory = watched.cluster.places.home.rollout.memory
    [manifest] = await applied(watched, 1)
    nowhere = Kind("nowhere.example.org", "v1", "Widget")

    await memory.level([nowhere])

    assert len(memory) == 1
    assert memory.standing(normalised(manifest, watched.kustomization()))


@pytest.mark.slow
async def test_after_a_start_many_objects_are_read_by_one_list_a_kind(scene) -> None:
    manifests = objects(scene, FEW)
    await scene.apply(*manifests)
    before = requests(scene)

    changes = await scene.apply(*manifests)

    cost = {key: n - before.get(key, 0) for key, n in requests(scene).items()}
    assert not changes
    assert cost[("apply", "configmaps")] == FEW
    assert cost[("list", "configmaps")] == 1
    assert cost.get(("get", "configmaps"), 0) == 0


async def test_what_changes_after_the_list_is_read_again(scene) -> None:
    await scene.apply(scene.settings(colour="red"))
    old = await scene.client.get(scene.ref())
    await scene.client.patch(scene.ref(), {"data": {"colour": "blue"}}, manager="someone")
    wanted = normalised(scene.settings(colour="red"), scene.kustomization())
    surveyor = Surveyor(scene.client, writer_of(), forced=False, listed={scene.ref(): old})

    step = await surveyor.step(wanted)

    assert (step.action, section(step.live or {}, "data")) == ("configure", {"colour": "blue"})
