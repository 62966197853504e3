"""StatefulSets: order, revisions and claims."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World, template, workload

CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def images(world: World) -> dict[str, str]:
    return {
        each["metadata"]["name"]: each["spec"]["containers"][0]["image"]
        for each in world.all("Pod")
    }


def ready(world: World) -> int:
    return int(world.status("StatefulSet").get("readyReplicas", 0))


async def made(world: World, word: str = "", **spec: Any) -> None:
    world.create("StatefulSet", workload(serviceName="web", **spec), word=word)
    await world.until(lambda: ready(world) == spec.get("replicas", 1))


def is_done(world: World) -> bool:
    content, status = world.get("StatefulSet"), world.status("StatefulSet")
    wanted = content["spec"]["replicas"]
    is_seen = status["observedGeneration"] == content["metadata"]["generation"]
    is_one = status["currentRevision"] == status["updateRevision"]
    return (
        is_seen
        and is_one
        and status.get("readyReplicas") == wanted == status.get("updatedReplicas")
    )


@pytest.mark.parametrize(
    ("policy", "seconds", "count"), [("OrderedReady", 15, 2), ("Parallel", 5, 3)]
)
async def test_a_pod_waits_for_the_one_before_it_unless_all_come_at_once(
    world: World, policy: str, seconds: int, count: int
):
    spec = workload(serviceName="web", replicas=3, podManagementPolicy=policy)
    world.create("StatefulSet", spec, word="slow=10s")

    await world.after(seconds)

    assert len(world.names("Pod")) == count


async def test_pods_are_numbered_and_know_it(world: World):
    await made(world, replicas=2, ordinals={"start": 5})

    labels = world.get("Pod", "web-5")["metadata"]["labels"]
    assert world.names("Pod") == ["web-5", "web-6"]
    assert labels["apps.kubernetes.io/pod-index"] == "5"
    assert world.get("Pod", "web-6")["spec"]["hostname"] == "web-6"
    assert world.get("Pod", "web-6")["spec"]["subdomain"] == "web"


async def test_a_new_template_comes_from_the_highest_number_down(world: World):
    await made(world, replicas=3, word="slow=10s")

    world.change("StatefulSet", template=template("app:2"))
    await world.after(5)
    begun = images(world)
    await world.until(lambda: is_done(world))

    assert begun == {"web-0": "app:1", "web-1": "app:1", "web-2": "app:2"}
    assert set(images(world).values()) == {"app:2"}


async def test_more_pods_may_change_at_once(world: World):
    update = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    await made(world, replicas=3, word="slow=10s", updateStrategy=update)

    world.change("StatefulSet", template=template("app:2"))
    await world.after(1)

    old = [name for name, image in images(world).items() if image == "app:1"]
    assert old == ["web-0"]


async def test_pods_below_the_partition_stay_also_when_they_are_made_again(world: World):
    update = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    await made(world, replicas=3, updateStrategy=update)

    world.change("StatefulSet", template=template("app:2"))
    await world.after(5)
    world.delete("Pod", "web-0")
    await world.after(5)
    status = world.status("StatefulSet")

    assert images(world) == {"web-0": "app:1", "web-1": "app:1", "web-2": "app:2"}
    assert status["currentRevision"] != status["updateRevision"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)


async def test_pods_change_when_they_are_deleted_where_that_is_asked_for(world: World):
    await made(world, replicas=2, updateStrategy={"type": "OnDelete"})

    world.change("StatefulSet", template=template("app:2"))
    await world.after(5)
    before = images(world)
    world.delete("Pod", "web-0")
    await world.after(5)

    assert set(before.values()) == {"app:1"}
    assert images(world) == {"web-0": "app:2", "web-1": "app:1"}


async def test_a_broken_template_holds_up_an_ordered_set_until_its_pod_is_deleted(world: World):
    await made(world, replicas=2)

    world.change("StatefulSet", template=template("app:broken"))
    await world.after(5)
    world.change("StatefulSet", template=template("app:3"))
    await world.after(60)
    stuck = images(world)
    world.delete("Pod", "web-1")
    await world.until(lambda: is_done(world))

    assert stuck == {"web-0": "app:1", "web-1": "app:broken"}
    assert images(world) == {"web-0": "app:3", "web-1": "app:3"}


async def test_a_set_becomes_smaller_from_the_highest_number_down(world: World):
    await made(world, replicas=4)

    world.change("StatefulSet", replicas=2)
    await world.after(5)

    assert world.names("Pod") == ["web-0", "web-1"]
    assert world.status("StatefulSet")["replicas"] == 2


async def test_every_template_is_a_revision_and_one_that_comes_back_is_the_newest(world: World):
    await made(world)
    for image in ("app:2", "app:1"):
        world.change("StatefulSet", template=template(image))
        await world.until(lambda: is_done(world))

    found = {
        each["data"]["spec"]["template"]["spec"]["containers"][0]["image"]: each["revision"]
        for each in world.all("ControllerRevision")
    }
    assert found == {"app:1": 3, "app:2": 2}
    first = world.all("ControllerRevision")[0]
    assert first["data"]["spec"]["template"]["$patch"] == "replace"
    assert first["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet"


async def test_few_revisions_are_kept(world: World):
    await made(world, revisionHistoryLimit=1)

    for number in range(2, 6):
        world.change("StatefulSet", template=template(f"app:{number}"))
        await world.until(lambda: is_done(world))
    await world.after(1)

    assert sorted(each["revision"] for each in world.all("ControllerRevision")) == [4, 5]


async def test_each_pod_has_its_own_claims_and_finds_them_again(world: World):
    await made(world, replicas=2, volumeClaimTemplates=[CLAIM])
    uid = world.get("PersistentVolumeClaim", "data-web-1")["metadata"]["uid"]

    world.change("StatefulSet", replicas=1)
    await world.after(5)
    world.change("StatefulSet", replicas=2)
    await world.until(lambda: ready(world) == 2)

    assert world.names("PersistentVolumeClaim") == ["data-web-0", "data-web-1"]
    assert world.get("PersistentVolumeClaim", "data-web-1")["metadata"]["uid"] == uid
    volume = world.get("Pod", "web-1")["spec"]["volumes"][0]
    assert volume == {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-1"}}


@pytest.mark.parametrize(
    ("scaled", "deleted", "after_scaling", "at_last"),
    [
        ("Retain", "Retain", ["data-web-0", "data-web-1"], ["data-web-0", "data-web-1"]),
        ("Delete", "Retain", ["data-web-0"], ["data-web-0"]),
        ("Retain", "Delete", ["data-web-0", "data-web-1"], []),
    ],
)
async def test_claims_go_by_the_policy(
    world: World, scaled: str, deleted: str, after_scaling: list[str], at_last: list[str]
):
    policy = {"whenScaled": scaled, "whenDeleted": deleted}
    spec = {"volumeClaimTemplates": [CLAIM], "persistentVolumeClaimRetentionPolicy": policy}
    await made(world, replicas=2, **spec)

    world.change("StatefulSet", replicas=1)
    await world.after(10)
    smaller = world.names("PersistentVolumeClaim")
    world.delete("StatefulSet")
    await world.after(10)

    assert smaller == after_scaling
    assert world.names("PersistentVolumeClaim") == at_last
