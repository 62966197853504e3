"""A Kustomization that heeds the annotations of Argo CD, from the commit to the cluster."""

from __future__ import annotations

import json
import signal

from shared.manifest.identity import Kind, Manifest, Ref, metadata
from tests.journeys.audit import listed
from tests.journeys.journey import Journey, ready_of
from tests.journeys.scene import directory, page

ENABLED = {"metadata": {"annotations": {"penstock.dev/argo": "enabled"}}}
JOB = Kind("batch", "v1", "Job")


def gate(phase: str) -> str:
    """A hook that is done when its Job says so: nobody works on it but the test."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "it", "image": "example.org/it"}]}
    marks = {
        "argocd.argoproj.io/hook": phase,
        "argocd.argoproj.io/hook-delete-policy": "HookSucceeded",
    }
    return json.dumps(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "gate", "annotations": marks},
            "spec": {"managedBy": "example.org/test", "template": {"spec": pod}},
        }
    )


async def test_a_hook_holds_up_what_comes_after_it_also_over_a_restart(journey: Journey) -> None:
    files = {"gate.yaml": gate("PreSync"), "shop.yaml": page("shop")}
    await journey.follow(suspend=True)
    await journey.change("Kustomization", "apps", ENABLED)
    revision = journey.repository.push(directory(journey, files))
    await journey.change("Kustomization", "apps", {"spec": {"suspend": False}})
    made = await journey.until(lambda: found(journey), "the hook is made")
    held = await journey.find("ConfigMap", "shop")
    inventory = {ref.name for ref in await listed(journey)}

    await journey.controllers.restart(signal.SIGKILL)
    await complete(journey, await found(journey) or {})
    applied = await journey.until_applied(revision)

    assert held is None
    assert inventory == {"gate", "shop"}
    assert metadata(made)["uid"] == metadata(await found(journey) or made)["uid"]
    assert ready_of(applied)["status"] == "True"
    assert {ref.name for ref in await listed(journey)} == {"shop"}
    await journey.until(lambda: gone(journey), "the hook is deleted")


async def found(journey: Journey) -> Manifest | None:
    """The Job, if it is there to stay."""
    items = (await journey.client.list(JOB, namespace=journey.namespace)).items
    return next((one for one in items if "deletionTimestamp" not in metadata(one)), None)


async def gone(journey: Journey) -> bool:
    return await found(journey) is None


async def complete(journey: Journey, job: Manifest) -> None:
    now = "2026-01-01T00:00:00Z"
    conditions = [
        {"type": word, "status": "True", "reason": "Test", "message": "", "lastTransitionTime": now}
        for word in ("SuccessCriteriaMet", "Complete")
    ]
    status = {
        "startTime": now,
        "completionTime": now,
        "succeeded": 1,
        "conditions": conditions,
    }
    await journey.client.patch(
        Ref.of(job), {"status": status}, manager="test", subresource="status"
    )
