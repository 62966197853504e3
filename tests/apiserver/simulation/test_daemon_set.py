"""DaemonSets: one pod, and a history."""

from __future__ import annotations

from typing import Any

from tests.apiserver.simulation.conftest import World, template, workload


def image(world: World) -> list[str]:
    return [each["spec"]["containers"][0]["image"] for each in world.all("Pod")]


async def made(world: World, **spec: Any) -> None:
    world.create("DaemonSet", workload(**spec))
    await world.until(lambda: world.status("DaemonSet").get("numberAvailable") == 1)


async def test_a_new_template_replaces_the_pod(world: World):
    await made(world)

    world.change("DaemonSet", template=template("app:2"))
    await world.after(5)

    status = world.status("DaemonSet")
    assert image(world) == ["app:2"]
    assert (status["updatedNumberScheduled"], status["numberAvailable"]) == (1, 1)
    assert status["observedGeneration"] == world.get("DaemonSet")["metadata"]["generation"]


async def test_the_pod_stays_until_it_is_deleted_where_that_is_asked_for(world: World):
    await made(world, updateStrategy={"type": "OnDelete"})

    world.change("DaemonSet", template=template("app:2"))
    await world.after(5)
    before, outdated = image(world), world.status("DaemonSet")
    world.delete("Pod", world.names("Pod")[0])
    await world.after(5)

    assert before == ["app:1"]
    assert "updatedNumberScheduled" not in outdated
    assert image(world) == ["app:2"]


async def test_every_template_is_a_revision(world: World):
    await made(world, revisionHistoryLimit=1)

    for number in (2, 3, 4):
        world.change("DaemonSet", template=template(f"app:{number}"))
        await world.after(5)

    found = world.all("ControllerRevision")
    pod = world.all("Pod")[0]["metadata"]
    newest = next(each for each in found if each["revision"] == 4)
    mark = "controller-revision-hash"
    assert sorted(each["revision"] for each in found) == [3, 4]
    assert newest["metadata"]["labels"][mark] == pod["labels"][mark]


async def test_the_pod_is_meant_for_its_node_and_bears_its_troubles(world: World):
    await made(world)

    spec = world.all("Pod")[0]["spec"]
    terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert terms["nodeSelectorTerms"][0]["matchFields"][0]["values"] == ["embedded"]
    assert {"NoExecute", "NoSchedule"} == {each["effect"] for each in spec["tolerations"]}


async def test_a_pod_that_crashes_leaves_the_set_unavailable(world: World):
    world.create("DaemonSet", workload(), word="failed")

    await world.after(30)

    status = world.status("DaemonSet")
    assert (status["numberReady"], status["numberUnavailable"]) == (0, 1)
    states = world.all("Pod")[0]["status"]["containerStatuses"]
    assert states[0]["restartCount"] == 10
