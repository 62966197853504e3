"""Waves and hooks on an API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from kustomize_controller.normalisation import normalised
from kustomize_controller.ordering import Run
from kustomize_controller.plan import Plan, make_plan
from shared.api.kustomization import Kustomization
from shared.cluster.error import ClusterError
from shared.manifest.identity import Kind, Manifest, Ref, annotations_of, metadata, text
from shared.operation.change import ChangeLog
from shared.problem import Problem
from shared.reconcile.failure import Waiting
from shared.reconcile.key import Key
from tests.kustomize_controller.conftest import Scene

pytestmark = pytest.mark.slow

ARGO = "argocd.argoproj.io"
JOB = Kind("batch", "v1", "Job")
OUTCOME = "example.org/outcome"
FIRST = Run("first", fresh=True)


def job(scene: Scene, name: str, phase: str, *, ends: str = "Complete", **said: str) -> Manifest:
    """A hook. How it ends the test decides: the server's own controllers leave it alone."""
    marks = {f"{ARGO}/{key.replace('_', '-')}": value for key, value in said.items()}
    ttl = {"ttlSecondsAfterFinished": 0} if ends == "Vanish" else {}
    pod = {"restartPolicy": "Never", "containers": [{"name": "it", "image": "example.org/it"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": scene.namespace,
            "annotations": {f"{ARGO}/hook": phase, OUTCOME: ends, **marks},
        },
        "spec": {"managedBy": "example.org/test", "template": {"spec": pod}, **ttl},
    }


def in_wave(manifest: Manifest, wave: int) -> Manifest:
    meta = metadata(manifest)
    annotations = annotations_of(manifest) | {f"{ARGO}/sync-wave": str(wave)}
    return {**manifest, "metadata": {**meta, "annotations": annotations}}


def planned(ks: Kustomization, *manifests: Manifest, run: Run = FIRST) -> Plan:
    whole = [normalised(one, ks) for one in manifests]
    return make_plan(whole, ks.status.inventory, prune=True, run=run)


async def sync(scene: Scene, *manifests: Manifest, run: Run = FIRST, **spec) -> ChangeLog:
    ks = scene.kustomization(**spec)
    changes = ChangeLog()
    async with worked_on(scene):
        await scene.cluster.apply(ks, planned(ks, *manifests, run=run).batches, changes)
    return changes


async def fails(scene: Scene, *manifests: Manifest, **spec) -> tuple[ChangeLog, Problem]:
    ks = scene.kustomization(**spec)
    changes = ChangeLog()
    async with worked_on(scene):
        with pytest.raises(Problem) as failure:
            await scene.cluster.apply(ks, planned(ks, *manifests).batches, changes)
    return changes, failure.value


@asynccontextmanager
async def worked_on(scene: Scene) -> AsyncIterator[None]:
    """While inside, Jobs end as they are meant to."""
    working = asyncio.create_task(work(scene))
    try:
        yield
    finally:
        working.cancel()
        await asyncio.wait([working])


async def work(scene: Scene) -> None:
    while True:
        for one in (await scene.client.list(JOB, namespace=scene.namespace)).items:
            await end(scene, one)
        await asyncio.sleep(0.02)


async def end(scene: Scene, one: Manifest) -> None:
    outcome = annotations_of(one).get(OUTCOME, "")
    if outcome == "never" or one.get("status"):
        return
    good = outcome in {"Complete", "Vanish"}
    words = ("SuccessCriteriaMet", "Complete") if good else ("FailureTarget", "Failed")
    now = "2026-01-01T00:00:00Z"
    conditions = [
        {"type": word, "status": "True", "reason": "Test", "message": "", "lastTransitionTime": now}
        for word in words
    ]
    status = {"startTime": now, "conditions": conditions}
    if good:
        status |= {"completionTime": now, "succeeded": 1}
    try:
        await scene.client.patch(
            Ref.of(one), {"status": status}, manager="test", subresource="status"
        )
        if outcome == "Vanish":
            await scene.client.delete(Ref.of(one))
    except ClusterError:
        return


def order(changes: ChangeLog) -> Iterator[str]:
    return (f"{change.ref.name} {change.action}" for change in changes.changes)


async def test_hooks_are_done_before_what_they_are_for_and_after_it(scene: Scene) -> None:
    hooks = job(scene, "test", "PostSync"), job(scene, "migrate", "PreSync")

    changes = await sync(scene, hooks[0], scene.settings("app"), hooks[1])

    assert list(order(changes)) == ["migrate created", "app created", "test created"]
    assert changes.applied() == (scene.ref("app"),)


async def test_a_hook_that_fails_stops_what_comes_after_it(scene: Scene) -> None:
    hook = job(scene, "migrate", "PreSync", ends="Failed")

    _, failure = await fails(scene, hook, scene.settings("app"))

    assert "Job" in str(failure)
    assert "migrate" in str(failure)
    assert not await scene.exists(scene.ref("app"))


async def test_a_failure_runs_the_hooks_for_it_and_stays_what_is_told(scene: Scene) -> None:
    hook = job(scene, "migrate", "PreSync", ends="Failed")
    sorry = job(scene, "sorry", "SyncFail", ends="Failed")

    changes, failure = await fails(scene, hook, sorry, scene.settings("app"))

    assert "migrate" in str(failure)
    assert await scene.exists(scene.ref("sorry", "Job", "batch"))
    assert any("SyncFail hook failed too" in remark for remark in changes.remarks)


async def test_without_a_failure_those_hooks_do_not_run(scene: Scene) -> None:
    await sync(scene, scene.settings("app"), job(scene, "sorry", "SyncFail"))

    assert not await scene.exists(scene.ref("sorry", "Job", "batch"))


@pytest.mark.parametrize(
    ("policy", "ends", "stays"),
    [
        ("", "Complete", True),
        ("HookSucceeded", "Complete", False),
        ("HookSucceeded", "Failed", True),
        ("HookFailed", "Failed", False),
        ("HookFailed", "Complete", True),
        ("HookSucceeded,HookFailed", "Failed", False),
    ],
)
async def test_a_hook_stays_or_goes_as_its_policy_says(
    scene: Scene, policy: str, ends: str, stays: bool
) -> None:
    hook = job(scene, "migrate", "PreSync", ends=ends, hook_delete_policy=policy)

    changes = await (sync(scene, hook) if ends == "Complete" else fails_only(scene, hook))

    assert await is_there(scene, "migrate") == stays
    assert (changes.deleted() == (scene.ref("migrate", "Job", "batch"),)) == (not stays)


async def fails_only(scene: Scene, hook: Manifest) -> ChangeLog:
    changes, _ = await fails(scene, hook)
    return changes


async def is_there(scene: Scene, name: str) -> bool:
    """Whether a Job is there, and is to stay."""
    items = (await scene.client.list(JOB, namespace=scene.namespace)).items
    found = [one for one in items if text(metadata(one), "name") == name]
    return any("deletionTimestamp" not in metadata(one) for one in found)


async def test_a_hook_of_an_earlier_run_makes_room_for_a_new_one(scene: Scene) -> None:
    hook = job(scene, "migrate", "PreSync")
    await sync(scene, hook)
    before = await scene.client.get(scene.ref("migrate", "Job", "batch"))

    await sync(scene, hook, run=Run("second", fresh=True))

    after = await scene.client.get(scene.ref("migrate", "Job", "batch"))
    assert metadata(after)["uid"] != metadata(before)["uid"]


async def test_a_hook_that_this_run_has_made_already_is_not_made_again(scene: Scene) -> None:
    hook = job(scene, "migrate", "PreSync")
    await sync(scene, hook)
    before = await scene.client.get(scene.ref("migrate", "Job", "batch"))

    changes = await sync(scene, hook, scene.settings("app"))

    after = await scene.client.get(scene.ref("migrate", "Job", "batch"))
    assert metadata(after)["uid"] == metadata(before)["uid"]
    assert list(order(changes)) == ["app created"]


async def test_a_hook_that_failed_is_tried_again(scene: Scene) -> None:
    await fails(scene, job(scene, "migrate", "PreSync", ends="Failed"))

    changes = await sync(scene, job(scene, "migrate", "PreSync"))

    assert list(order(changes)) == ["migrate created"]


async def test_a_hook_that_is_done_and_vanishes_counts(scene: Scene) -> None:
    hook = job(scene, "migrate", "PreSync", ends="Vanish")

    changes = await sync(scene, hook, scene.settings("app"))

    assert list(order(changes)) == ["migrate created", "app created"]


async def test_a_hook_has_a_deadline(scene: Scene) -> None:
    hook = job(scene, "migrate", "PreSync", ends="never")
    metadata(hook)["annotations"] |= {"penstock.dev/hook-deadline": "200ms"}  # type: ignore[operator]

    _, failure = await fails(scene, hook, timeout="1h")

    assert "timeout waiting for" in str(failure)
    assert "migrate" in str(failure)


async def test_a_wave_begins_when_the_one_before_is_healthy(scene: Scene) -> None:
    claim = in_wave(never_done(scene, "slow"), -1)

    changes, failure = await fails(scene, claim, scene.settings("app"), timeout="400ms")

    assert "Job" in str(failure)
    assert list(order(changes)) == ["slow created"]
    assert not await scene.exists(scene.ref("app"))


def never_done(scene: Scene, name: str) -> Manifest:
    """An object of a wave that does not become healthy: a Job that nobody works on."""
    one = job(scene, name, "", ends="never")
    del metadata(one)["annotations"][f"{ARGO}/hook"]  # type: ignore[attr-defined]
    return one


async def test_the_last_wave_is_not_waited_for(scene: Scene) -> None:
    changes = await sync(scene, never_done(scene, "slow"))

    assert list(order(changes)) == ["slow created"]


async def test_without_a_fresh_run_no_hook_runs_and_no_wave_waits(scene: Scene) -> None:
    slow = in_wave(never_done(scene, "slow"), -1)
    hook = job(scene, "migrate", "PreSync")

    ks = scene.kustomization(timeout="1h")
    changes = ChangeLog()
    batches = planned(ks, slow, scene.settings("app"), hook, run=Run("first", fresh=False)).batches
    await scene.cluster.apply(ks, batches, changes)

    assert list(order(changes)) == ["slow created", "app created"]


async def test_something_newer_ends_the_wait_for_a_hook(scene: Scene) -> None:
    ks = scene.kustomization(timeout="1h")
    hook = job(scene, "migrate", "PreSync", ends="never")
    ref = Ref.of(hook)

    async def interrupt() -> None:
        while not await scene.exists(ref):
            await asyncio.sleep(0.01)
        scene.cluster.interruptions.interrupt(Key(ks.metadata.namespace, ks.metadata.name))

    with pytest.raises(Waiting, match="something newer") as waiting:
        async with asyncio.timeout(20):
            await asyncio.gather(
                scene.cluster.apply(ks, planned(ks, hook).batches, ChangeLog()), interrupt()
            )

    assert waiting.value.reason == "HealthCheckCanceled"


async def test_an_object_that_is_no_hook_does_not_make_room_for_one(scene: Scene) -> None:
    theirs = job(scene, "migrate", "PreSync", ends="never")
    del metadata(theirs)["annotations"]
    await scene.client.create(theirs, manager="someone")

    _, failure = await fails(scene, job(scene, "migrate", "PreSync"))

    assert "there is an object of that name that is none" in str(failure)


async def test_an_option_that_changes_nothing_is_told(scene: Scene) -> None:
    app = scene.settings("app")
    metadata(app)["annotations"] = {f"{ARGO}/sync-options": "Valdate=false"}

    changes = await sync(scene, app)

    assert changes.remarks == [f"{Ref.of(app)}: sync option Valdate=false changes nothing"]


@pytest.mark.parametrize(("option", "stays"), [("Prune=false", True), ("Delete=false", False)])
async def test_what_asks_to_be_kept_is_not_pruned(scene: Scene, option: str, stays: bool) -> None:
    ks = scene.kustomization()
    ks = ks.model_copy(
        update={
            "metadata": ks.metadata.model_copy(
                update={"annotations": {"penstock.dev/argo": "enabled"}}
            )
        }
    )
    app = scene.settings("app")
    metadata(app)["annotations"] = {f"{ARGO}/sync-options": option}
    await scene.apply(app, ks=ks)

    await scene.cluster.prune(ks, [scene.ref("app")], ChangeLog())

    assert await scene.exists(scene.ref("app")) == stays


async def test_a_run_leaves_in_the_inventory_what_is_there(scene: Scene) -> None:
    ks = scene.kustomization()
    gone = job(scene, "gone", "PreSync", hook_delete_policy="HookSucceeded")
    plan = planned(
        ks, gone, job(scene, "stays", "PreSync"), job(scene, "never", "SyncFail"), scene.settings()
    )
    changes = ChangeLog()

    async with worked_on(scene):
        await scene.cluster.apply(ks, plan.batches, changes)

    assert {one.name for one in plan.wanted} == {"gone", "stays", "never", "web"}
    assert {one.name for one in plan.after(changes).wanted} == {"stays", "web"}
