from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from shared.cluster.error import NoSuchKind
from shared.manifest.identity import Kind, Ref
from shared.operation.change import ChangeLog
from shared.operation.problem import OperationProblem
from shared.operation.vigil import Wait
from shared.operation.watching import FEW, Watching
from shared.reconcile.failure import Waiting
from shared.reconcile.key import Key
from shared.runtime.clock import SystemClock
from tests.fake.clock import ManualClock
from tests.kustomize_controller.conftest import definition, untouched

SOON = "300ms"


async def check(scene, *refs, answers=None, **spec):
    ks = scene.kustomization(**spec)
    return await scene.cluster.check(ks, refs, ChangeLog(answers=answers or {}), untouched)


async def unready(scene, name: str = "w") -> Ref:
    """An object that says of itself that it is not ready, and that nobody else cares about."""
    group = f"{scene.namespace}.example.org"
    widget = {
        "apiVersion": f"{group}/v1",
        "kind": "Widget",
        "metadata": {"name": name, "namespace": scene.namespace},
    }
    await scene.apply(definition(group), widget)
    ref = scene.ref(name, "Widget", group)
    await say(scene, ref, type="Ready", status="False", reason="Busy", message="working on it")
    return ref


async def say(scene, ref: Ref, **condition: str) -> None:
    await scene.client.patch(ref, {"status": {"conditions": [condition]}}, manager="operator")


async def test_what_is_there_at_once_is_healthy_at_once(scene) -> None:
    await scene.apply(scene.settings("a"), scene.settings("b"))

    report = await check(scene, scene.ref("a"), scene.ref("b"), wait=True)

    assert report.faults == ()
    assert scene.count("list", "configmaps") == 1


async def test_a_change_for_the_better_ends_the_wait(scene) -> None:
    ref = await unready(scene)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(check(scene, ref, wait=True))
        await until(lambda: scene.count("watch", "widgets"))
        await say(scene, ref, type="Ready", status="True")

    assert waiting.result().faults == ()


async def test_a_wait_that_is_too_long_says_what_is_missing(scene) -> None:
    ref = await unready(scene)
    await scene.apply(scene.settings())

    report = await check(scene, ref, scene.ref(), scene.ref("never"), wait=True, timeout=SOON)

    assert "timeout waiting for" in report.message
    assert f"Widget/{scene.namespace}/w status: 'InProgress': working on it" in report.message
    assert f"ConfigMap/{scene.namespace}/never status: 'NotFound'" in report.message
    assert "/web" not in report.message


async def test_one_failure_ends_the_wait(scene) -> None:
    ref, other = await unready(scene), await unready(scene, "other")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(check(scene, ref, other, timeout="30s"))
        await until(lambda: scene.count("watch", "widgets"))
        await say(scene, ref, type="Stalled", status="True", message="it broke")

    report = waiting.result()
    assert "failed early due to stalled resources" in report.message
    assert report.faults == (f"Widget/{scene.namespace}/w status: 'Failed': it broke",)


async def test_without_failing_fast_one_failure_ends_nothing(scene) -> None:
    ref = await unready(scene)
    await say(scene, ref, type="Stalled", status="True", reason="Broken", message="beyond hope")
    patient = Watching(SystemClock(), fail_fast=False)

    report = await patient.until_current(scene.client, Wait((ref,), timedelta(milliseconds=300)))

    assert report is not None
    assert "timeout waiting for" in report.message
    assert "Failed" in report.message


async def test_a_job_that_deletes_itself_counts_as_done(scene) -> None:
    job = {"kind": "Job", "apiVersion": "batch/v1", "spec": {"ttlSecondsAfterFinished": 0}}
    ref = scene.ref("once", "Job", "batch")

    report = await check(scene, ref, answers={ref: job}, timeout=SOON)

    assert report.faults == ()


async def test_something_newer_ends_the_wait_for_the_old(scene) -> None:
    ref = await unready(scene)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(outcome(check(scene, ref, wait=True, timeout="30s")))
        await until(lambda: scene.count("watch", "widgets"))
        scene.cluster.interruptions.interrupt(Key(scene.namespace, "apps"))

    assert isinstance(waiting.result(), Waiting)
    assert waiting.result().reason == "HealthCheckCanceled"


async def test_waiting_for_the_end_says_what_is_left(scene) -> None:
    kept = scene.settings("kept")
    kept["metadata"] = {**kept["metadata"], "finalizers": ["example.org/kept"]}  # type: ignore[dict-item]
    await scene.apply(kept)
    await scene.client.delete(scene.ref("kept"))

    ks = scene.kustomization(timeout=SOON)
    left = await scene.cluster.wait_gone(ks, [scene.ref("kept"), scene.ref("gone")])

    assert left == (scene.ref("kept"),)
    await scene.client.patch(
        scene.ref("kept"), {"metadata": {"finalizers": None}}, manager="someone"
    )
    assert await scene.cluster.wait_gone(scene.kustomization(), [scene.ref("kept")]) == ()


async def test_nothing_to_wait_for_asks_nobody(scene) -> None:
    before = list(scene.client.requests())

    report = await check(scene, wait=True)

    assert report.faults == ()
    assert list(scene.client.requests()) == before


async def until(seen) -> None:
    """Wait for something that is known to come, in the loop of the test."""
    async with asyncio.timeout(10):
        while not seen():
            await asyncio.sleep(0.01)


async def outcome(work):
    try:
        return await work
    except Waiting as waiting:
        return waiting


class Late:
    """A discovery that knows of a kind only after it was asked some times."""

    def __init__(self, misses: int) -> None:
        self.misses = misses

    async def resource_of(self, kind: Kind) -> None:
        self.misses -= 1
        if self.misses >= 0:
            raise NoSuchKind(f"no {kind}")


async def test_a_new_kind_is_waited_for_until_it_is_served() -> None:
    clock = ManualClock()
    kinds = [Kind("example.org", "v1", "Widget")]

    await Watching(clock).until_served(Late(3), kinds, timedelta(seconds=60))  # type: ignore[arg-type]

    assert clock.monotonic() == pytest.approx(0.15)


async def test_but_not_for_ever() -> None:
    kinds = [Kind("example.org", "v1", "Widget")]
    watching = Watching(ManualClock())

    with pytest.raises(OperationProblem, match="still not served after 60s"):
        await watching.until_served(Late(10_000), kinds, timedelta(seconds=60))  # type: ignore[arg-type]


async def test_what_an_apply_was_told_of_a_service_is_not_asked_for_again(scene) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": scene.namespace},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    ks = scene.kustomization(wait=True)
    changes = await scene.apply(service, ks=ks)
    before = scene.count("list", "services"), scene.count("watch", "services")

    report = await scene.cluster.check(ks, changes.applied(), changes, untouched)

    assert report.faults == ()
    assert (scene.count("list", "services"), scene.count("watch", "services")) == before


async def in_sight(watched, *names: str) -> list[Ref]:
    """Objects that are not ready, and that the watch of what was applied has shown."""
    refs = [await unready(watched, name) for name in names]
    outlines = watched.cluster.places.home.rollout.memory
    await until(lambda: all(outlines.covers(ref, None) for ref in refs))
    return refs


def opened(scene) -> tuple[int, int]:
    return scene.count("list", "widgets"), scene.count("watch", "widgets")


async def test_all_who_wait_share_the_watch_that_is_kept_anyway(watched) -> None:
    ref, other = await in_sight(watched, "w", "other")
    before, looks = opened(watched), watched.count("get", "widgets")

    async with asyncio.TaskGroup() as tasks:
        waits = [
            tasks.create_task(check(watched, one, name=f"apps-{one.name}", timeout="30s"))
            for one in (ref, other)
        ]
        await until(lambda: watched.count("get", "widgets") == looks + 2)
        for one in (ref, other):
            await say(watched, one, type="Ready", status="True")

    assert [wait.result().faults for wait in waits] == [(), ()]
    assert opened(watched) == before
    assert watched.count("get", "widgets") == looks + 4


async def test_what_is_known_to_be_under_way_is_not_asked_for_until_it_changes(watched) -> None:
    (ref,) = await in_sight(watched, "w")
    known = await watched.client.get(ref)
    looks = watched.count("get", "widgets")

    report = await check(watched, ref, answers={ref: known}, timeout=SOON)

    assert "working on it" in report.message
    assert watched.count("get", "widgets") == looks


async def test_who_loses_our_label_meanwhile_is_still_seen(watched) -> None:
    (ref,) = await in_sight(watched, "w")
    looks = watched.count("get", "widgets")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(check(watched, ref, timeout="30s"))
        await until(lambda: watched.count("get", "widgets") == looks + 1)
        before = opened(watched)[1]
        labels = {"kustomize.toolkit.fluxcd.io/name": None}
        await watched.client.patch(ref, {"metadata": {"labels": labels}}, manager="somebody")
        await until(lambda: opened(watched)[1] > before)
        await say(watched, ref, type="Ready", status="True")

    assert waiting.result().faults == ()


async def test_many_are_waited_for_by_a_watch_of_their_own(watched) -> None:
    refs = await in_sight(watched, *(f"w{number}" for number in range(FEW + 1)))
    (lists, watches), looks = opened(watched), watched.count("get", "widgets")

    report = await check(watched, *refs, timeout=SOON)

    assert len(report.faults) == FEW + 1
    assert opened(watched) == (lists + 1, watches + 1)
    assert watched.count("get", "widgets") == looks


async def test_what_is_deleted_is_seen_to_be_gone_by_the_same_watch(watched) -> None:
    (ref,) = await in_sight(watched, "w")
    await watched.client.patch(
        ref, {"metadata": {"finalizers": ["example.org/kept"]}}, manager="someone"
    )
    await watched.client.delete(ref)
    before, looks = opened(watched), watched.count("get", "widgets")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(
            watched.cluster.wait_gone(watched.kustomization(timeout="30s"), [ref])
        )
        await until(lambda: watched.count("get", "widgets") > looks)
        await watched.client.patch(ref, {"metadata": {"finalizers": None}}, manager="someone")

    assert waiting.result() == ()
    assert opened(watched) == before
