"""Drift is an event: what moves is put right at once and alone; what does not costs nothing."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from kustomize_controller.mark import MARKS
from kustomize_controller.terms import is_settled
from shared.api.kustomization import Kustomization
from shared.api.meta import Condition
from shared.cluster.error import NotFound
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, section, text
from shared.operation.drift import AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE, PEACE, Drifts
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from tests import servers
from tests.fake.clock import NOON, ManualClock
from tests.kustomize_controller import test_wiring
from tests.kustomize_controller.test_kustomization import kustomization
from tests.kustomize_controller.test_wiring import Town, applied, condition, config_map

CONFIG_MAP = Kind("", "v1", "ConfigMap")
EVENT = Kind("", "v1", "Event")
APPS = Key("flux-system", "apps")
WEB = Ref("", "ConfigMap", "apps", "web")
WANTED: Manifest = {"kind": "ConfigMap"}

shelf, town = test_wiring.shelf, test_wiring.town


def web(town: Town) -> Ref:
    return town.ref("web", CONFIG_MAP)


def requests(town: Town) -> dict[tuple[str, str], int]:
    """What was sent so far, but for reading: that is the test itself."""
    return {
        (verb, resource): number
        for verb, resource, number in town.client.requests()
        if verb not in {"get", "watch"} and resource != "events"
    }


def cost(town: Town, before: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    now = requests(town)
    return {key: n - before.get(key, 0) for key, n in now.items() if n != before.get(key)}


async def settled(town: Town, **spec: object) -> dict[tuple[str, str], int]:
    """A Kustomization that has applied `web` and `other`, and the requests so far."""
    await town.create("apps", targetNamespace=town.namespace, **spec)
    files = {name: config_map(name, colour="red") for name in ("web", "other")}
    await town.push("one", **files)
    await town.until(town.ref("apps"), applied("main@sha1:one"))
    await quiet(town)
    return requests(town)


async def quiet(town: Town) -> None:
    """Wait until nothing is sent any more."""
    last = None
    while last != (last := sum(requests(town).values())):
        await asyncio.sleep(0.3)


async def is_red(town: Town) -> Manifest:
    return await town.until(web(town), lambda live: live.get("data") == {"colour": "red"})


async def recolour(town: Town, colour: str = "blue", manager: str = "someone") -> None:
    await town.client.patch(web(town), {"data": {"colour": colour}}, manager=manager)


async def told(town: Town, words: str) -> str:
    """The message of an Event with these words."""
    async with asyncio.timeout(20):
        while True:
            for event in (await town.client.list(EVENT, namespace=town.namespace)).items:
                if words in text(event, "message"):
                    return text(event, "message")
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_changed_field_is_put_right_by_one_apply(town: Town) -> None:
    before = await settled(town)

    await recolour(town)
    await is_red(town)
    await quiet(town)

    assert cost(town, before) == {
        ("patch", "configmaps"): 1,  # ours: the change itself
        ("apply", "configmaps"): 1,
    }
    message = await told(town, "configured")
    assert message.startswith(
        f"ConfigMap/{town.namespace}/web configured: data.colour (changed by someone at 20"
    )


@pytest.mark.slow
async def test_drift_is_put_right_within_300_milliseconds(town: Town) -> None:
    await settled(town)
    took = []

    for _ in range(2):
        await recolour(town)
        started = time.monotonic()
        await is_red(town)
        took.append(time.monotonic() - started)

    # The machine that tests run on may be busy with something else for a moment.
    assert min(took) < 0.3


async def _delete(town: Town) -> None:
    await town.client.delete(web(town))


async def _remove_the_field(town: Town) -> None:
    await town.client.patch(web(town), {"data": {"colour": None}}, manager="someone")


async def _take_our_label_off(town: Town) -> None:
    patch = {"metadata": {"labels": {MARKS.owner_name: None}}, "data": {"colour": "x"}}
    await town.client.patch(web(town), patch, manager="someone")


MOVES: dict[str, tuple[Callable[[Town], Awaitable[None]], str]] = {
    "deleted": (_delete, "created: it was gone"),
    "a field removed": (_remove_the_field, "configured: data.colour (removed)"),
    "our label taken off": (_take_our_label_off, "configured: data.colour (changed by someone at"),
}


@pytest.mark.slow
@pytest.mark.parametrize("move", MOVES)
async def test_whatever_moves_is_put_right_and_explained(town: Town, move: str) -> None:
    await settled(town)
    do, said = MOVES[move]

    await do(town)

    await told(town, f"/web {said}")
    live = await is_red(town)
    assert labels_of(live)[MARKS.owner_name] == "apps"


@pytest.mark.slow
async def test_what_others_do_beside_us_costs_nothing(town: Town) -> None:
    before = await settled(town)

    for number in range(5):
        patch = {"metadata": {"labels": {"theirs": str(number)}}, "data": {"more": str(number)}}
        await town.client.patch(web(town), patch, manager="someone")
    await quiet(town)

    assert cost(town, before) == {("patch", "configmaps"): 5}


@pytest.mark.slow
async def test_a_suspended_kustomization_puts_nothing_right(town: Town) -> None:
    await settled(town)
    await town.client.patch(town.ref("apps"), {"spec": {"suspend": True}}, manager="someone")
    await quiet(town)
    before = requests(town)

    await recolour(town)
    await quiet(town)

    assert cost(town, before) == {("patch", "configmaps"): 1}
    await town.client.patch(town.ref("apps"), {"spec": {"suspend": False}}, manager="someone")
    await is_red(town)


@pytest.mark.slow
async def test_an_object_that_somebody_pauses_is_left_alone_until_it_goes_on(town: Town) -> None:
    await settled(town)
    key = "kustomize.toolkit.fluxcd.io/reconcile"
    mark = {"metadata": {"annotations": {key: "disabled"}}}
    await town.client.patch(web(town), mark, manager="someone")
    await quiet(town)
    before = requests(town)

    await recolour(town)
    await quiet(town)

    assert cost(town, before) == {("patch", "configmaps"): 1}
    mark["metadata"]["annotations"][key] = None
    await town.client.patch(web(town), mark, manager="someone")
    await is_red(town)


@pytest.mark.slow
async def test_what_is_pruned_is_no_drift(town: Town) -> None:
    await settled(town)

    await town.push("two", web=config_map("web", colour="red"))
    await town.until(town.ref("apps"), applied("main@sha1:two"))
    await quiet(town)

    with pytest.raises(NotFound):
        await town.client.get(town.ref("other", CONFIG_MAP))


@pytest.mark.slow
async def test_a_job_that_deletes_itself_is_not_run_again_for_that(town: Town) -> None:
    pod = {"restartPolicy": "Never", "containers": [{"name": "it", "image": "it"}]}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once"},
        "spec": {"ttlSecondsAfterFinished": 0, "template": {"spec": pod}},
    }
    await town.create("apps", targetNamespace=town.namespace)
    await town.push("one", once=yaml.safe_dump(job))
    await town.until(town.ref("apps"), applied("main@sha1:one"))
    once = town.ref("once", Kind("batch", "v1", "Job"))
    with suppress(NotFound):
        await town.client.delete(once)
    await town.until_gone(once)

    await quiet(town)

    with pytest.raises(NotFound):
        await town.client.get(once)


@pytest.mark.slow
async def test_a_quarrel_is_told_once_and_fought_less_and_less(town: Town) -> None:
    await settled(town)

    for _ in range(AT_ONCE):
        await recolour(town)
        await is_red(town)
    started = time.monotonic()
    await recolour(town)
    await is_red(town)

    assert time.monotonic() - started > FIRST_PAUSE.total_seconds() / 2
    message = await told(town, "times in a row")
    assert f"/web was put right {AT_ONCE} times in a row" in message


@pytest.mark.slow
async def test_putting_right_is_no_reconciliation(town: Town) -> None:
    await settled(town, wait=True)
    before = section(await town.client.get(town.ref("apps")), "status")

    await recolour(town)
    await is_red(town)
    await quiet(town)

    assert section(await town.client.get(town.ref("apps")), "status") == before


def apps(**status: object) -> Kustomization:
    """A Kustomization whose last reconciliation ended well."""
    ready = {
        "type": "Ready", "status": "True", "reason": "ReconciliationSucceeded", "message": "",
        "observedGeneration": 3, "lastTransitionTime": NOON, **status,
    }  # fmt: skip
    ks = kustomization(conditions=[Condition.model_validate(ready)])
    return ks.model_copy(update={"metadata": ks.metadata.model_copy(update={"generation": 3})})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def queue() -> Queue:
    return Queue()


@pytest.fixture
def drifts(queue: Queue, clock: ManualClock) -> Drifts:
    drifts = Drifts(clock)
    drifts.heed(queue)
    return drifts


async def test_who_applied_it_is_woken_for_just_that_object(drifts: Drifts, queue: Queue) -> None:
    drifts.note(APPS, WEB, WANTED)

    assert await queue.take() == APPS
    assert drifts.of(APPS, settled=True) == [WANTED]


async def test_what_was_handed_out_is_not_handed_out_again(drifts: Drifts, queue: Queue) -> None:
    drifts.note(APPS, WEB, WANTED)
    await queue.take()
    drifts.of(APPS, settled=True)

    assert drifts.of(APPS, settled=True) == []


@pytest.mark.parametrize(
    "status", [{"status": "False"}, {"status": "Unknown"}, {"observedGeneration": 2}]
)
async def test_one_that_did_not_end_well_is_gone_through_as_a_whole(
    drifts: Drifts, queue: Queue, status: dict[str, object]
) -> None:
    drifts.note(APPS, WEB, WANTED)
    await queue.take()

    assert drifts.of(APPS, settled=is_settled(apps(**status))) is None


async def test_who_keeps_moving_things_does_not_keep_a_failing_one_going(
    drifts: Drifts, queue: Queue, clock: ManualClock
) -> None:
    for _ in range(AT_ONCE):
        drifts.note(APPS, WEB, WANTED)
        await queue.take()
        drifts.of(APPS, settled=False)
        queue.done(APPS)

    drifts.note(APPS, WEB, WANTED)

    assert len(queue) == 0


async def test_one_that_is_due_anyway_is_gone_through_as_a_whole(
    drifts: Drifts, queue: Queue
) -> None:
    drifts.note(APPS, WEB, WANTED)
    queue.add(APPS)
    await queue.take()

    assert drifts.of(APPS, settled=True) is None
    queue.done(APPS)
    assert len(queue) == 0


async def test_what_is_forgotten_needs_the_whole(drifts: Drifts, queue: Queue) -> None:
    drifts.note(APPS, WEB, None)
    await queue.take()

    assert drifts.of(APPS, settled=True) is None


def quarrel(drifts: Drifts, clock: ManualClock, times: int) -> list[str]:
    """Put an object right so many times, each as soon as that may be; what was said."""
    said = []
    for _ in range(times):
        said.append(drifts.corrected(APPS, WEB))
        clock.advance(timedelta(milliseconds=1))
    return said


async def test_two_that_fight_are_told_once(drifts: Drifts, clock: ManualClock) -> None:
    said = quarrel(drifts, clock, 6)

    assert [bool(one) for one in said] == [False, False, True, False, False, False]
    assert drifts.corrections == 6


@pytest.mark.parametrize(
    ("times", "pause"),
    [
        (AT_ONCE - 1, timedelta(0)),
        (AT_ONCE, FIRST_PAUSE),
        (AT_ONCE + 3, FIRST_PAUSE * 8),
        (AT_ONCE + 50, LONGEST_PAUSE),
    ],
)
async def test_what_is_fought_over_is_put_right_after_a_pause(
    drifts: Drifts, queue: Queue, clock: ManualClock, times: int, pause: timedelta
) -> None:
    quarrel(drifts, clock, times)
    drifts.note(APPS, WEB, WANTED)
    queue.nudge(APPS)
    await queue.take()

    early = drifts.of(APPS, settled=True)
    clock.advance(pause)
    drifts.note(APPS, WEB, WANTED)

    assert early == ([] if pause else [WANTED])
    assert drifts.of(APPS, settled=True) == [WANTED]


async def test_what_can_wait_does_not_hold_up_what_cannot(
    drifts: Drifts, queue: Queue, clock: ManualClock
) -> None:
    quarrel(drifts, clock, AT_ONCE)
    other = Ref("", "ConfigMap", "apps", "other")
    drifts.note(APPS, WEB, WANTED)
    drifts.note(APPS, other, {"kind": "Other"})
    await queue.take()

    assert drifts.of(APPS, settled=True) == [{"kind": "Other"}]
    clock.advance(FIRST_PAUSE)
    assert drifts.of(APPS, settled=True) == [WANTED]


async def test_after_a_while_of_peace_nothing_is_held_against_anybody(
    drifts: Drifts, clock: ManualClock
) -> None:
    quarrel(drifts, clock, AT_ONCE)
    clock.advance(PEACE * 2)

    assert [bool(one) for one in quarrel(drifts, clock, AT_ONCE)] == [False, False, True]


def test_nobody_is_woken_before_somebody_leads(clock: ManualClock) -> None:
    drifts = Drifts(clock)

    drifts.note(APPS, WEB, WANTED)

    assert drifts.of(APPS, settled=True) is None


@pytest.mark.slow
async def test_what_moves_while_a_wave_is_waited_for_is_put_right_all_the_same(town: Town) -> None:
    gate = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "gate", "annotations": {"argocd.argoproj.io/hook": "PostSync"}},
        "spec": {
            "managedBy": "example.org/test",
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "it", "image": "example.org/it"}],
                }
            },
        },
    }
    annotations = {"penstock.dev/argo": "enabled"}
    await town.create("apps", annotations, targetNamespace=town.namespace, timeout="10s")
    await town.push("one", web=config_map("web", colour="red"), gate=yaml.safe_dump(gate))
    await town.until_there(town.ref("gate", Kind("batch", "v1", "Job")))

    for colour in ("blue", "green"):
        await recolour(town, colour)
        await is_red(town)

    waiting = await town.client.get(town.ref("apps"))
    assert section(waiting, "status").get("lastAppliedRevision") is None
    assert "data.colour (changed by someone at 20" in await told(town, "web configured")


@pytest.mark.slow
async def test_what_moves_during_a_long_wait_is_put_right_all_the_same(town: Town) -> None:
    labels = {"app": "shop"}
    pod = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "it", "image": "shop:broken"}]},
    }
    never = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "never"},
        "spec": {"selector": {"matchLabels": labels}, "template": pod},
    }
    where = town.namespace
    await town.create("apps", targetNamespace=where, wait=True, timeout="15s")
    await town.push("one", web=config_map("web", colour="red"), never=yaml.safe_dump(never))
    await town.until(
        town.ref("apps"), lambda ks: "Running health checks" in str(condition(ks, "Healthy"))
    )

    for colour in ("blue", "green"):
        await recolour(town, colour)
        started = time.monotonic()
        await is_red(town)
        assert time.monotonic() - started < 5

    still = await town.client.get(town.ref("apps"))
    assert "Running health checks" in str(condition(still, "Healthy"))
    assert "data.colour (changed by someone at 20" in await told(town, "web configured")


async def test_who_is_busy_with_an_owner_is_given_what_moves(
    drifts: Drifts, queue: Queue, clock: ManualClock
) -> None:
    with drifts.attended(APPS) as due:
        drifts.note(APPS, WEB, WANTED)

        assert await due() == [WANTED]
        assert len(queue) == 0

    assert len(queue) == 0


async def test_in_a_quarrel_they_wait_too(drifts: Drifts, queue: Queue, clock: ManualClock) -> None:
    for _ in range(AT_ONCE):
        drifts.corrected(APPS, WEB)
    with drifts.attended(APPS) as due:
        drifts.note(APPS, WEB, WANTED)
        before = clock.monotonic()

        assert await due() == [WANTED]

    assert clock.monotonic() - before >= FIRST_PAUSE.total_seconds()


async def test_what_is_left_when_they_are_done_is_for_the_next_attempt(
    drifts: Drifts, queue: Queue
) -> None:
    with drifts.attended(APPS) as due:
        drifts.note(APPS, WEB, None)  # nobody knows any more how it was
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await due()
        assert len(queue) == 0

    assert len(queue) == 1
    assert await queue.take() == APPS
    assert drifts.of(APPS, settled=True) is None


@pytest.mark.slow
async def test_drift_in_another_cluster_is_put_right_as_fast_and_alone(town: Town) -> None:
    async with servers.embedded(secure=True) as server, server.client() as there:
        home: Manifest = {"apiVersion": "v1", "kind": "Namespace"}
        await there.create(home | {"metadata": {"name": town.namespace}}, manager="someone")
        way: Manifest = {"value": base64.b64encode(server.kubeconfig.read_bytes()).decode()}
        meta = {"name": "there", "namespace": town.namespace}
        secret: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": way}
        await town.client.create(secret, manager="someone")
        before = await settled(town, kubeConfig={"secretRef": {"name": "there"}})
        abroad = replace(town, client=there)
        asked = len(server.audit())

        await recolour(abroad)
        started = time.monotonic()
        await is_red(abroad)
        took = time.monotonic() - started
        await quiet(town)

        assert took < 1
        assert cost(town, before) == {}
        ours = [one for one in server.audit()[asked:] if one.agent == "penstock"]
        assert [(one.verb, one.resource, one.name) for one in ours if one.verb != "watch"] == [
            ("patch", "configmaps", "web")
        ]
        message = await told(town, "configured")
        assert "data.colour (changed by someone at 20" in message
