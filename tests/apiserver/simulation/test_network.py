"""Services, Ingresses and what is behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World, template, workload

RULES = {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return {"selector": {"app": "web"}, "ports": ports, **spec}


def slice_of(world: World) -> dict[str, Any]:
    return world.all("EndpointSlice")[0]


async def test_a_service_knows_the_pods_that_it_selects_in_both_ways(world: World):
    world.create("Service", service())
    world.create("Deployment", workload(replicas=2))
    await world.after(5)

    endpoints, found = world.get("Endpoints"), slice_of(world)
    addresses = {each["addresses"][0] for each in found["endpoints"]}
    assert {each["ip"] for each in endpoints["subsets"][0]["addresses"]} == addresses
    assert endpoints["subsets"][0]["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert [each["conditions"]["ready"] for each in found["endpoints"]] == [True, True]


async def test_pods_that_are_not_ready_are_told_apart(world: World):
    world.create("Service", service())
    world.create("Deployment", workload(), word="failed")
    await world.after(5)

    endpoints, found = world.get("Endpoints"), slice_of(world)
    assert "addresses" not in endpoints["subsets"][0]
    assert len(endpoints["subsets"][0]["notReadyAddresses"]) == 1
    assert found["endpoints"][0]["conditions"]["ready"] is False


async def test_a_service_may_take_pods_that_are_not_ready(world: World):
    world.create("Service", service(publishNotReadyAddresses=True, clusterIP="None"))
    world.create("Deployment", workload(), word="failed")
    await world.after(5)

    assert len(world.get("Endpoints")["subsets"][0]["addresses"]) == 1
    assert slice_of(world)["endpoints"][0]["conditions"]["ready"] is True
    assert "service.kubernetes.io/headless" in slice_of(world)["metadata"]["labels"]


async def test_pods_of_a_stateful_set_have_names_below_their_service(world: World):
    world.create("Service", service(clusterIP="None"))
    world.create("StatefulSet", workload(serviceName="web"))
    await world.after(5)

    assert slice_of(world)["endpoints"][0]["hostname"] == "web-0"
    assert world.get("Endpoints")["subsets"][0]["addresses"][0]["hostname"] == "web-0"


async def test_endpoints_go_with_their_service(world: World):
    world.create("Service", service())
    await world.after(5)
    there = world.names("Endpoints"), len(world.names("EndpointSlice"))

    world.delete("Service")
    await world.after(5)

    assert there == (["web"], 1)
    assert world.names("Endpoints") == world.names("EndpointSlice") == []


async def test_a_port_may_be_named_by_the_pod(world: World):
    ports = [{"port": 80, "targetPort": "http"}]
    container = {"name": "a", "image": "b", "ports": [{"name": "http", "containerPort": 8081}]}
    world.create("Service", service(ports=ports))
    world.create("Deployment", {**workload(), "template": template(containers=[container])})
    await world.after(5)

    assert slice_of(world)["ports"][0]["port"] == 8081


@pytest.mark.parametrize(
    ("kind", "spec", "point"),
    [
        ("Service", service(type="LoadBalancer"), {"ip": "203.0.113.10", "ipMode": "VIP"}),
        ("Ingress", RULES, {"ip": "203.0.113.10"}),
    ],
)
async def test_what_is_reached_from_outside_gets_an_address(
    world: World, kind: str, spec: dict[str, Any], point: dict[str, str]
):
    world.create(kind, spec, word="slow=1m")

    await world.after(50)
    early = world.status(kind)["loadBalancer"]
    await world.after(20)

    assert early == {}
    assert world.status(kind)["loadBalancer"] == {"ingress": [point]}


async def test_a_service_that_is_no_balancer_any_more_has_no_address(world: World):
    world.create("Service", service(type="LoadBalancer"))
    await world.after(5)

    world.change("Service", type="ClusterIP")
    await world.after(5)

    assert world.status("Service")["loadBalancer"] == {}
