"""Built-in objects as the API server's Go types hold them."""

from __future__ import annotations

from apiserver.go_struct import as_struct
from tests.fake.gadget import schema_of, thing


def test_structs_that_go_always_writes_are_there() -> None:
    held = as_struct(thing("deployment", {"spec": {"replicas": 0}}), schema_of("deployment"))

    assert held["status"] == {}
    assert held["spec"] == {
        "replicas": 0,
        "selector": None,
        "strategy": {},
        "template": {"metadata": {}, "spec": {"containers": None}},
    }


def test_empty_maps_and_lists_and_nulls_are_dropped() -> None:
    metadata = {"labels": {}, "finalizers": [], "creationTimestamp": None}
    held = as_struct(thing("configmap", {"metadata": metadata, "data": {}}), schema_of("configmap"))

    assert held == thing("configmap", {})


def test_a_required_list_stays_though_it_is_empty() -> None:
    pod = {"template": {"spec": {"containers": []}}}
    held = as_struct(thing("deployment", {"spec": pod}), schema_of("deployment"))

    spec = held["spec"]
    assert isinstance(spec, dict)
    assert spec["template"]["spec"]["containers"] == []


def test_items_of_lists_and_values_of_maps_are_structs_too() -> None:
    containers = [{"name": "c"}]
    held = as_struct(
        thing("deployment", {"spec": {"template": {"spec": {"containers": containers}}}}),
        schema_of("deployment"),
    )

    spec = held["spec"]
    assert isinstance(spec, dict)
    assert spec["template"]["spec"]["containers"] == [{"name": "c", "resources": {}}]
    assert containers == [{"name": "c"}]


def test_a_custom_resource_is_what_it_is() -> None:
    gadget = thing("gadget", {"spec": {"words": {}, "colour": None}})

    assert as_struct(gadget, schema_of("gadget")) == gadget
