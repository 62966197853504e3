"""What the annotation asks of the simulation."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.fate import FAILED, PENDING, SIMULATE, Fate, fate_of
from tests.apiserver.test_simulation import (
    APPS,
    CORE,
    JOBS,
    at,
    condition,
    is_rolled_out,
    until,
    workload,
)
from tests.contract.api import Api


@pytest.mark.parametrize(
    ("word", "fate"),
    [
        ("pending", PENDING),
        ("failed", FAILED),
        ("slow=10s", Fate(delay=10)),
        ("slow=1m30s", Fate(delay=90)),
        ("slow=250ms", Fate(delay=0.25)),
        ("slow=", None),
        ("slow=soon", None),
        ("slow=-1s", None),
        ("pending=1", None),
        ("", None),
        ("often", None),
    ],
)
def test_a_word_means_a_fate_or_nothing(word: str, fate: Fate | None):
    assert fate_of(word) == fate


def fated(kind: str, word: str, **spec: Any) -> dict[str, Any]:
    found = workload(kind, **spec)
    found["metadata"]["annotations"] = {SIMULATE: word}
    return found


def waits_for(reason: str, pods: dict[str, Any]) -> bool:
    states = [each.get("status", {}).get("containerStatuses", []) for each in pods["items"]]
    return any(one["state"].get("waiting", {}).get("reason") == reason for each in states
        for one in each)  # fmt: skip


async def test_pods_of_a_pending_deployment_have_no_node_until_the_word_goes(api: Api):
    await api.post(f"{APPS}/deployments", fated("Deployment", "pending"))
    pods = await until(
        at(api, f"{CORE}/pods"),
        lambda found: any(condition(each, "PodScheduled") for each in found["items"]),
    )
    web = (await api.get(f"{APPS}/deployments/web")).body

    await api.patch(f"{APPS}/deployments/web", {"metadata": {"annotations": {SIMULATE: None}}})
    then = await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)

    assert condition(pods["items"][0], "PodScheduled")["reason"] == "Unschedulable"
    assert "readyReplicas" not in web["status"]
    assert then["status"]["readyReplicas"] == 1


@pytest.mark.slow
async def test_pods_of_a_failed_deployment_crash_until_the_word_goes(api: Api):
    await api.post(f"{APPS}/deployments", fated("Deployment", "failed", progressDeadlineSeconds=1))
    await until(at(api, f"{CORE}/pods"), lambda found: waits_for("CrashLoopBackOff", found))
    web = await until(
        at(api, f"{APPS}/deployments/web"),
        lambda found: condition(found, "Progressing").get("status") == "False",
    )

    await api.patch(f"{APPS}/deployments/web", {"metadata": {"annotations": {SIMULATE: None}}})
    await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)

    assert condition(web, "Progressing")["reason"] == "ProgressDeadlineExceeded"


@pytest.mark.slow
async def test_a_slow_stateful_set_takes_its_time(api: Api):
    await api.post(f"{APPS}/statefulsets", fated("StatefulSet", "slow=1s", serviceName="web"))
    pods = await until(at(api, f"{CORE}/pods"), lambda found: waits_for("ContainerCreating", found))

    then = await until(
        at(api, f"{APPS}/statefulsets/web"),
        lambda found: found.get("status", {}).get("readyReplicas") == 1,
    )

    assert pods["items"][0]["status"]["phase"] == "Pending"
    assert then["status"]["updatedReplicas"] == 1


async def test_a_job_that_fails_gives_up_after_its_limit(api: Api):
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
    metadata = {"name": "j", "annotations": {SIMULATE: "failed"}}
    spec = {"backoffLimit": 2, "template": {"spec": pod}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
    await api.post(JOBS, job)

    found = await until(at(api, f"{JOBS}/j"), lambda each: bool(condition(each, "Failed")))

    assert found["status"]["failed"] == 3
    assert condition(found, "Failed")["reason"] == "BackoffLimitExceeded"


async def test_a_claim_and_a_balancer_may_wait_too(api: Api):
    metadata = {"name": "a", "annotations": {SIMULATE: "pending"}}
    size = {"requests": {"storage": "1Gi"}}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": size}
    service = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    core = {"apiVersion": "v1", "metadata": metadata}
    await api.post(
        f"{CORE}/persistentvolumeclaims", core | {"kind": "PersistentVolumeClaim", "spec": claim}
    )
    await api.post(f"{CORE}/services", core | {"kind": "Service", "spec": service})
    await api.post(f"{APPS}/deployments", workload("Deployment"))
    await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)

    bound = (await api.get(f"{CORE}/persistentvolumeclaims/a")).body
    balanced = (await api.get(f"{CORE}/services/a")).body

    assert bound["status"]["phase"] == "Pending"
    assert balanced["status"] == {"loadBalancer": {}}


async def test_a_word_that_means_nothing_is_warned_of(api: Api):
    answer = await api.post(f"{APPS}/deployments", fated("Deployment", "often"))

    assert answer.status == 201
    assert "none of ready, pending, failed, slow=10s" in answer.warnings[0]
