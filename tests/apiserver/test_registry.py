"""Which kinds are served."""

from __future__ import annotations

from apiserver.registry import Registry, priority
from apiserver.resource import Naming, Resource


def pin(version: str) -> Resource:
    return Resource("x.test", version, "Pin", "pins", True, Naming("pin"), definition={})


def test_stable_versions_come_first_and_new_ones_before_old_ones():
    versions = ["foo", "v1alpha1", "v1beta1", "v2", "v1", "v10", "v1beta2", "v2alpha1", "bar"]

    assert sorted(versions, key=priority) == [
        "v10", "v2", "v1", "v1beta2", "v1beta1", "v2alpha1", "v1alpha1", "bar", "foo",
    ]  # fmt: skip


def test_what_is_added_is_served_until_it_is_withdrawn():
    registry = Registry()
    registry.add(pin("v1beta1"))
    registry.add(pin("v1"))

    served = registry.find("x.test", "v1", "pins")
    preferred = registry.of_kind("x.test", "Pin")
    groups = {group.name: group.versions for group in registry.groups()}
    registry.withdraw("x.test", "pins")

    assert served is preferred
    assert groups["x.test"] == ("v1", "v1beta1")
    assert registry.find("x.test", "v1", "pins") is None
    assert registry.of_kind("x.test", "Pin") is None
    assert not registry.serves("x.test", "v1")


def test_every_built_in_kind_has_a_type():
    untyped = [
        resource.kind
        for resource in Registry().kinds()
        if not resource.schema.root.fields and resource.traits.verbs != ("create",)
    ]

    assert untyped == []
