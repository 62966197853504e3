"""Jobs come to an end, good or bad."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World


def job(restarts: str = "Never", **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": restarts, "containers": [{"name": "a", "image": "b"}]}
    return {"template": {"spec": pod}, **spec}


async def ended(world: World, kind: str) -> float:
    return await world.until(lambda: world.condition("Job", kind))


@pytest.mark.parametrize(
    ("spec", "succeeded"),
    [
        ({}, 1),
        ({"completions": 5, "parallelism": 2}, 5),
        ({"parallelism": 3}, 3),
        ({"completions": 0}, None),
        ({"completions": 3, "completionMode": "Indexed"}, 3),
    ],
    ids=["one", "several", "a queue of work", "none", "indexed"],
)
async def test_a_job_is_complete_when_enough_pods_have_succeeded(
    world: World, spec: dict[str, Any], succeeded: int | None
):
    world.create("Job", job(**spec))

    await ended(world, "Complete")

    status = world.status("Job")
    assert status.get("succeeded") == succeeded
    assert status["completionTime"]
    assert [each["type"] for each in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]


async def test_no_more_pods_run_at_once_than_are_wanted(world: World):
    world.create("Job", job(completions=6, parallelism=2), word="slow=10s")

    await world.after(5)
    active = world.status("Job")["active"]
    taken = await ended(world, "Complete")

    assert active == 2
    assert 20 < taken < 30


async def test_pods_of_an_indexed_job_know_their_number(world: World):
    world.create("Job", job(completions=3, parallelism=3, completionMode="Indexed"))

    await ended(world, "Complete")

    key = "batch.kubernetes.io/job-completion-index"
    pods = world.all("Pod")
    assert world.status("Job")["completedIndexes"] == "0-2"
    assert [each["metadata"]["labels"][key] for each in pods] == ["0", "1", "2"]
    assert [each["spec"]["hostname"] for each in pods] == ["web-0", "web-1", "web-2"]


@pytest.mark.parametrize("restarts", ["Never", "OnFailure"])
async def test_a_job_that_fails_gives_up_after_its_limit(world: World, restarts: str):
    world.create("Job", job(restarts, backoffLimit=2), word="failed")

    await ended(world, "Failed")

    assert world.condition("Job", "Failed")["reason"] == "BackoffLimitExceeded"
    assert world.condition("Job", "FailureTarget")["status"] == "True"
    assert "active" not in world.status("Job")


async def test_no_limit_is_beyond_a_pod_that_is_started_no_more(world: World):
    world.create("Job", job("OnFailure", backoffLimit=1000), word="failed")

    await ended(world, "Failed")

    assert world.names("Pod") == []


async def test_each_index_may_have_its_own_limit(world: World):
    spec = {"completions": 2, "parallelism": 2, "completionMode": "Indexed"}
    world.create("Job", job(**spec, backoffLimitPerIndex=1), word="failed")

    await ended(world, "Failed")

    assert world.condition("Job", "Failed")["reason"] == "FailedIndexes"
    assert world.status("Job")["failedIndexes"] == "0,1"
    assert world.status("Job")["failed"] == 4


async def test_too_many_failed_indexes_end_a_job(world: World):
    spec = {"completions": 5, "parallelism": 1, "completionMode": "Indexed"}
    world.create("Job", job(**spec, backoffLimitPerIndex=0, maxFailedIndexes=1), word="failed")

    await ended(world, "Failed")

    assert world.condition("Job", "Failed")["reason"] == "MaxFailedIndexesExceeded"


async def test_a_job_has_a_deadline(world: World):
    world.create("Job", job(activeDeadlineSeconds=30), word="pending")

    taken = await ended(world, "Failed")

    assert 29 < taken < 32
    assert world.condition("Job", "Failed")["reason"] == "DeadlineExceeded"
    assert world.names("Pod") == []
    assert world.status("Job")["failed"] == 1


async def test_a_job_goes_some_time_after_its_end(world: World):
    world.create("Job", job(ttlSecondsAfterFinished=60))

    await ended(world, "Complete")
    taken = await world.until(lambda: not world.get("Job"))

    assert 58 < taken < 62
    await world.until(lambda: not world.names("Pod"))


async def test_a_job_that_is_suspended_has_no_pods_and_starts_anew(world: World):
    world.create("Job", job(activeDeadlineSeconds=100), word="slow=50s")
    await world.after(10)

    world.change("Job", suspend=True)
    await world.after(300)
    held, pods = world.status("Job"), world.names("Pod")
    world.change("Job", suspend=False)
    await ended(world, "Complete")

    assert pods == []
    assert "startTime" not in held
    assert [each["type"] for each in held["conditions"]] == ["Suspended"]
    resumed = world.condition("Job", "Suspended")
    assert (resumed["status"], resumed["reason"]) == ("False", "JobResumed")
    assert "failed" not in world.status("Job")
