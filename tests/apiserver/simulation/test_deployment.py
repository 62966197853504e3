"""Deployments roll out step by step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World, template, workload


def sizes(world: World) -> list[tuple[str, int]]:
    """The images of all ReplicaSets, and how many pods each is asked for."""
    found = [
        (each["spec"]["template"]["spec"]["containers"][0]["image"], each["spec"]["replicas"])
        for each in world.all("ReplicaSet")
    ]
    return sorted(found)


def revisions(world: World) -> dict[str, str]:
    key = "deployment.kubernetes.io/revision"
    return {
        each["spec"]["template"]["spec"]["containers"][0]["image"]: each["metadata"]["annotations"][
            key
        ]
        for each in world.all("ReplicaSet")
    }


def is_done(world: World) -> bool:
    content = world.get("Deployment")
    seen = content["status"].get("observedGeneration") == content["metadata"]["generation"]
    reason = world.condition("Deployment", "Progressing").get("reason")
    return seen and reason == "NewReplicaSetAvailable"


async def rolled_out(world: World, **spec: Any) -> None:
    world.create("Deployment", workload(**spec))
    await world.until(lambda: is_done(world))


@pytest.mark.parametrize(
    ("rolling", "first"),
    [
        ({"maxSurge": 1, "maxUnavailable": 0}, [("app:1", 4), ("app:2", 1)]),
        ({"maxSurge": 0, "maxUnavailable": 1}, [("app:1", 3), ("app:2", 1)]),
        ({"maxSurge": "50%", "maxUnavailable": "25%"}, [("app:1", 3), ("app:2", 3)]),
        ({"maxSurge": "100%", "maxUnavailable": 0}, [("app:1", 4), ("app:2", 4)]),
    ],
)
async def test_the_strategy_says_how_many_pods_there_may_be(
    world: World, rolling: dict[str, Any], first: list[tuple[str, int]]
):
    await rolled_out(world, replicas=4, strategy={"rollingUpdate": rolling})

    world.change("Deployment", template=template("app:2"), minReadySeconds=10)
    await world.after(5)
    begun = sizes(world)
    await world.until(lambda: is_done(world))

    assert begun == first
    assert sizes(world) == [("app:1", 0), ("app:2", 4)]


async def test_recreation_lets_the_old_pods_go_before_the_new_ones_come(world: World):
    await rolled_out(world, replicas=2, strategy={"type": "Recreate"})
    seen: list[int] = []
    listen = world.cluster.storage.subscribe
    listen(lambda event: seen.append(len(world.all("Pod"))) if event.shelf[1] == "pods" else None)

    world.change("Deployment", template=template("app:2"))
    await world.until(lambda: is_done(world))

    assert 0 in seen
    assert max(seen) == 2
    assert sizes(world) == [("app:1", 0), ("app:2", 2)]


async def test_a_pod_is_available_after_its_least_time(world: World):
    world.create("Deployment", workload(minReadySeconds=30))

    await world.after(20)
    early = world.status("Deployment")
    await world.until(lambda: is_done(world))

    assert early["readyReplicas"] == 1
    assert "availableReplicas" not in early
    assert world.status("Deployment")["availableReplicas"] == 1


async def test_a_template_that_comes_back_is_the_newest_revision(world: World):
    await rolled_out(world)
    for image in ("app:2", "app:1"):
        world.change("Deployment", template=template(image))
        await world.until(lambda: is_done(world))

    assert revisions(world) == {"app:1": "3", "app:2": "2"}
    first = next(each for each in world.all("ReplicaSet") if each["spec"]["replicas"])
    assert first["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


async def test_the_reason_for_a_change_is_kept_with_its_revision(world: World):
    key = "kubernetes.io/change-cause"
    metadata = {"name": "web", "namespace": "default", "annotations": {key: "because"}}
    world.office("Deployment").create({"metadata": metadata, "spec": workload()})

    await world.until(lambda: is_done(world))

    assert world.all("ReplicaSet")[0]["metadata"]["annotations"][key] == "because"


async def test_a_paused_deployment_changes_no_pods_until_it_goes_on(world: World):
    await rolled_out(world, replicas=2)

    world.change("Deployment", paused=True, template=template("app:2"), replicas=3)
    await world.after(60)
    paused, held = world.condition("Deployment", "Progressing"), sizes(world)
    world.change("Deployment", paused=False)
    await world.until(lambda: is_done(world))

    assert (paused["status"], paused["reason"]) == ("Unknown", "DeploymentPaused")
    assert held == [("app:1", 3)]
    assert sizes(world) == [("app:1", 0), ("app:2", 3)]


async def test_pods_of_two_templates_share_a_new_size(world: World):
    rolling = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}
    await rolled_out(world, replicas=10, strategy=rolling)
    world.change("Deployment", template=template("app:broken"))
    await world.after(5)
    before = sizes(world)

    world.change("Deployment", replicas=20)
    await world.after(5)

    assert before == [("app:1", 10), ("app:broken", 2)]
    assert sizes(world) == [("app:1", 18), ("app:broken", 4)]


async def test_a_rollout_that_stands_still_is_given_up_and_a_better_one_succeeds(world: World):
    await rolled_out(world, progressDeadlineSeconds=60)

    world.change("Deployment", template=template("app:broken"))
    await world.after(55)
    early = world.condition("Deployment", "Progressing")
    await world.after(10)
    late = world.condition("Deployment", "Progressing")
    world.change("Deployment", template=template("app:3"))
    await world.until(lambda: is_done(world))

    assert early["reason"] == "ReplicaSetUpdated"
    assert (late["status"], late["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert world.condition("Deployment", "Available")["status"] == "True"


async def test_the_deadline_counts_from_the_last_progress(world: World):
    spec = workload(replicas=4, progressDeadlineSeconds=60, minReadySeconds=40)
    rolling = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    world.create("Deployment", {**spec, "strategy": rolling})
    await world.until(lambda: is_done(world))

    world.change("Deployment", template=template("app:2"))
    taken = await world.until(lambda: is_done(world))

    assert taken > 120


async def test_few_old_replica_sets_are_kept(world: World):
    await rolled_out(world, revisionHistoryLimit=2)

    for number in range(2, 7):
        world.change("Deployment", template=template(f"app:{number}"))
        await world.until(lambda: is_done(world))
    await world.after(1)

    assert sizes(world) == [("app:4", 0), ("app:5", 0), ("app:6", 1)]


async def test_a_size_of_none_is_available(world: World):
    await rolled_out(world, replicas=0)

    assert world.names("Pod") == []
    assert world.condition("Deployment", "Available")["status"] == "True"


async def test_more_pods_than_are_made_count_as_ready(world: World):
    await rolled_out(world, replicas=1000)

    assert world.status("Deployment")["readyReplicas"] == 1000
    assert len(world.names("Pod")) == 100


async def test_what_belongs_to_a_deployment_goes_with_it(world: World):
    await rolled_out(world, replicas=3)

    world.delete("Deployment")
    await world.until(lambda: not world.names("Pod"))

    assert world.names("ReplicaSet") == []
