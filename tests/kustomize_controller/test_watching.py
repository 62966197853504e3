from __future__ import annotations

import asyncio

from kustomize_controller.change import ChangeLog
from shared.manifest.identity import Manifest
from shared.reconcile.failure import Waiting
from shared.runtime.queue import Key
from tests.kustomize_controller.conftest import definition

SOON = "300ms"


async def check(scene, *refs, answers=None, **spec):
    ks = scene.kustomization(**spec)
    return await scene.cluster.check(ks, refs, ChangeLog(answers=answers or {}))


def claim(scene, name: str = "data") -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": scene.namespace},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "there-is-none",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


async def say(scene, ref, status: Manifest) -> None:
    await scene.client.patch(ref, {"status": status}, manager="kubelet", subresource="status")


async def test_what_is_there_at_once_is_healthy_at_once(scene) -> None:
    await scene.apply(scene.settings("a"), scene.settings("b"))

    report = await check(scene, scene.ref("a"), scene.ref("b"), wait=True)

    assert report.faults == ()
    assert scene.count("list", "configmaps") == 1


async def test_a_change_for_the_better_ends_the_wait(scene) -> None:
    await scene.apply(claim(scene))
    ref = scene.ref("data", "PersistentVolumeClaim")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(check(scene, ref, wait=True))
        await until(lambda: scene.count("watch", "persistentvolumeclaims"))
        await say(scene, ref, {"phase": "Bound"})

    assert waiting.result().faults == ()


async def test_a_wait_that_is_too_long_says_what_is_missing(scene) -> None:
    await scene.apply(claim(scene), scene.settings())
    refs = scene.ref("data", "PersistentVolumeClaim"), scene.ref(), scene.ref("never")

    report = await check(scene, *refs, wait=True, timeout=SOON)

    assert "timeout waiting for" in report.message
    assert (
        f"PersistentVolumeClaim/{scene.namespace}/data status: 'InProgress': PVC is not Bound"
        in report.message
    )
    assert f"ConfigMap/{scene.namespace}/never status: 'NotFound'" in report.message
    assert "/web" not in report.message


async def test_one_failure_ends_the_wait(scene) -> None:
    group = f"{scene.namespace}.example.org"
    widget = {
        "apiVersion": f"{group}/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "namespace": scene.namespace},
    }
    await scene.apply(definition(group), widget, claim(scene))
    ref = scene.ref("w", "Widget", group)
    stalled = {"type": "Stalled", "status": "True", "reason": "X", "message": "it broke"}

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(
            check(scene, ref, scene.ref("data", "PersistentVolumeClaim"), timeout="30s")
        )
        await until(lambda: scene.count("watch", "persistentvolumeclaims"))
        await scene.client.patch(ref, {"status": {"conditions": [stalled]}}, manager="operator")

    report = waiting.result()
    assert "failed early due to stalled resources" in report.message
    assert report.faults == (f"Widget/{scene.namespace}/w status: 'Failed': it broke",)


async def test_a_job_that_deletes_itself_counts_as_done(scene) -> None:
    job = {"kind": "Job", "apiVersion": "batch/v1", "spec": {"ttlSecondsAfterFinished": 0}}
    ref = scene.ref("once", "Job", "batch")

    report = await check(scene, ref, answers={ref: job}, timeout=SOON)

    assert report.faults == ()


async def test_something_newer_ends_the_wait_for_the_old(scene) -> None:
    await scene.apply(claim(scene))
    ref = scene.ref("data", "PersistentVolumeClaim")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(outcome(check(scene, ref, wait=True, timeout="30s")))
        await until(lambda: scene.count("watch", "persistentvolumeclaims"))
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
