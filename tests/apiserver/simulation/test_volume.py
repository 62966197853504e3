"""Claims and their volumes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World, template, workload

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
VOLUME = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
    "hostPath": {"path": "/x"}}  # fmt: skip


def phase(world: World) -> str:
    return str(world.status("PersistentVolumeClaim")["phase"])


async def test_a_claim_gets_a_volume_that_goes_with_it(world: World):
    world.create("PersistentVolumeClaim", CLAIM)
    await world.after(5)
    bound, name = phase(world), world.get("PersistentVolumeClaim")["spec"]["volumeName"]
    volume = world.status("PersistentVolume", name)["phase"]

    world.delete("PersistentVolumeClaim")
    await world.after(5)

    assert (bound, volume) == ("Bound", "Bound")
    assert world.names("PersistentVolumeClaim") == world.names("PersistentVolume") == []


async def test_a_volume_that_is_kept_is_released(world: World):
    claim: Any = {"name": "web", "namespace": "default"}
    world.create("PersistentVolume", {**VOLUME, "claimRef": claim}, name="mine")
    await world.after(5)
    free = world.status("PersistentVolume", "mine")["phase"]
    world.create("PersistentVolumeClaim", CLAIM)
    await world.after(5)

    assert free == "Available"
    assert world.get("PersistentVolumeClaim")["spec"]["volumeName"] == "mine"
    assert world.names("PersistentVolume") == ["mine"]
    assert world.status("PersistentVolume", "mine")["phase"] == "Bound"


async def test_a_volume_that_nobody_uses_can_be_deleted(world: World):
    world.create("PersistentVolume", VOLUME, name="mine")
    await world.after(5)

    world.delete("PersistentVolume", "mine")
    await world.after(5)

    assert world.names("PersistentVolume") == []


async def test_a_claim_stays_while_a_pod_uses_it(world: World):
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "web"}}]
    world.create("PersistentVolumeClaim", CLAIM)
    world.create("Deployment", {**workload(), "template": template(volumes=volumes)})
    await world.after(5)

    world.delete("PersistentVolumeClaim")
    await world.after(5)
    held = world.names("PersistentVolumeClaim")
    world.delete("Deployment")
    await world.after(5)

    assert held == ["web"]
    assert world.names("PersistentVolumeClaim") == []


async def test_a_claim_grows(world: World):
    world.create("PersistentVolumeClaim", CLAIM)
    await world.after(5)

    world.change("PersistentVolumeClaim", resources={"requests": {"storage": "2Gi"}})
    await world.after(5)

    assert world.status("PersistentVolumeClaim")["capacity"] == {"storage": "2Gi"}


@pytest.mark.parametrize(("word", "after"), [("pending", "Pending"), ("slow=1m", "Bound")])
async def test_a_claim_may_have_to_wait(world: World, word: str, after: str):
    world.create("PersistentVolumeClaim", CLAIM, word=word)

    await world.after(50)
    early = phase(world)
    await world.after(20)

    assert (early, phase(world)) == ("Pending", after)
