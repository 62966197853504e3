"""Autoscalers and budgets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World, workload

AIM = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
CPU = {"type": "Resource", "resource": {"name": "cpu",
    "target": {"type": "Utilization", "averageUtilization": 80}}}  # fmt: skip
SCALER = "HorizontalPodAutoscaler"


def scaler(least: int, most: int) -> dict[str, Any]:
    return {"minReplicas": least, "maxReplicas": most, "scaleTargetRef": AIM, "metrics": [CPU]}


@pytest.mark.parametrize(("least", "most", "wanted"), [(3, 5, 3), (1, 5, 2), (1, 1, 1)])
async def test_a_workload_is_brought_within_the_bounds(
    world: World, least: int, most: int, wanted: int
):
    world.create("Deployment", workload(replicas=2))
    world.create(SCALER, scaler(least, most))

    await world.after(10)

    status = world.status(SCALER)
    assert world.get("Deployment")["spec"]["replicas"] == wanted
    assert (status["currentReplicas"], status["desiredReplicas"]) == (wanted, wanted)
    assert ("lastScaleTime" in status) == (wanted != 2)
    found = {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}
    assert found == {
        "AbleToScale": ("True", "ReadyForNewScale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("False", "DesiredWithinRange"),
    }
    assert status["currentMetrics"][0]["resource"]["current"]["averageUtilization"] == 80


async def test_an_autoscaler_waits_for_its_workload(world: World):
    world.create(SCALER, scaler(2, 5))
    await world.after(5)
    alone = world.condition(SCALER, "AbleToScale")

    world.create("Deployment", workload())
    await world.after(5)

    assert (alone["status"], alone["reason"]) == ("False", "FailedGetScale")
    assert 'deployments.apps "web" not found' in alone["message"]
    assert world.get("Deployment")["spec"]["replicas"] == 2


async def test_a_workload_of_no_pods_is_left_alone(world: World):
    world.create("Deployment", workload(replicas=0))
    world.create(SCALER, scaler(2, 5))

    await world.after(5)

    assert world.get("Deployment")["spec"]["replicas"] == 0
    assert world.condition(SCALER, "ScalingActive")["reason"] == "ScalingDisabled"


@pytest.mark.parametrize(
    ("limit", "desired", "allowed"),
    [
        ({"minAvailable": 2}, 2, 2),
        ({"minAvailable": "50%"}, 2, 2),
        ({"maxUnavailable": 1}, 3, 1),
        ({"maxUnavailable": "50%"}, 2, 2),
        ({"minAvailable": "100%"}, 4, 0),
    ],
)
async def test_a_budget_says_how_many_pods_may_go(
    world: World, limit: dict[str, Any], desired: int, allowed: int
):
    world.create("Deployment", workload(replicas=4))
    selector = {"matchLabels": {"app": "web"}}
    world.create("PodDisruptionBudget", {"selector": selector, **limit})

    await world.after(5)

    status = world.status("PodDisruptionBudget")
    assert (status["expectedPods"], status["desiredHealthy"]) == (4, desired)
    assert status["disruptionsAllowed"] == allowed


async def test_a_budget_counts_the_pods_that_should_be_there(world: World):
    world.create("Deployment", workload(replicas=4), word="pending")
    selector = {"matchLabels": {"app": "web"}}
    world.create("PodDisruptionBudget", {"selector": selector, "maxUnavailable": 1})

    await world.after(5)

    status = world.status("PodDisruptionBudget")
    assert (status["expectedPods"], status["currentHealthy"]) == (4, 0)
    assert world.condition("PodDisruptionBudget", "DisruptionAllowed")["status"] == "False"
