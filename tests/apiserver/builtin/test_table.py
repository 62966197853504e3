"""The packaged table of built-in kinds."""

from __future__ import annotations

import pytest

from apiserver.builtin.table import kinds, object_meta, schema_of
from apiserver.schema import Node
from apiserver.typed_value import ABSENT


def node_at(version: str, kind: str, *path: str) -> Node:
    """The type at a path of a kind; `[]` steps into a list, `{}` into a map."""
    group, _, name = version.rpartition("/")
    schema = schema_of(group, name, kind)
    assert schema is not None
    node: Node | None = schema.root
    for step in path:
        assert node is not None
        node = node.items if step == "[]" else node.at(step)
    assert node is not None
    return node


def test_every_kind_that_clusters_are_made_of_is_there() -> None:
    named = {(kind.group, kind.kind): kind for kind in kinds()}

    assert named["apps", "Deployment"].plural == "deployments"
    assert named["apps", "Deployment"].namespaced
    assert set(named["apps", "Deployment"].subresources) == {"scale", "status"}
    assert not named["", "Namespace"].namespaced
    assert "deletecollection" not in named["", "Namespace"].verbs
    assert "watch" in named["", "Pod"].verbs
    assert named["", "Binding"].verbs == ("create",)
    assert {"apiextensions.k8s.io", "rbac.authorization.k8s.io"} <= {group for group, _ in named}


def test_a_kind_that_is_not_built_in_has_no_schema() -> None:
    assert schema_of("example.org", "v1", "Gadget") is None


def test_containers_are_told_apart_by_name_and_ports_by_number_and_protocol() -> None:
    pod = "template", "spec", "containers"
    containers = node_at("apps/v1", "Deployment", "spec", *pod)
    ports = node_at("apps/v1", "Deployment", "spec", *pod, "[]", "ports")

    assert (containers.list_type, containers.keys) == ("map", ("name",))
    assert containers.patch_strategy == ("merge",)
    assert containers.merge_key == "name"
    assert ports.keys == ("containerPort", "protocol")
    assert ports.merge_key == "containerPort"
    assert ports.items is not None
    assert ports.items.fields["protocol"].default == "TCP"


@pytest.mark.parametrize(
    ("version", "kind", "path"),
    [
        ("apps/v1", "Deployment", ("spec", "selector")),
        ("v1", "Service", ("spec", "selector")),
        ("v1", "Pod", ("spec", "nodeSelector")),
        ("v1", "Node", ("spec", "taints", "[]")),
    ],
)
def test_selectors_are_one_leaf(version: str, kind: str, path: tuple[str, ...]) -> None:
    node = node_at(version, kind, *path)

    assert node.atomic == (path != ("spec", "taints", "[]"))


def test_what_go_always_writes_is_told() -> None:
    assert node_at("apps/v1", "Deployment", "status").zero == {}
    assert node_at("apps/v1", "Deployment", "spec", "selector").zero is None
    assert node_at("apps/v1", "Deployment", "spec", "replicas").zero is ABSENT
    assert node_at("v1", "PodTemplate", "template", "spec", "containers").zero is None


def test_a_type_that_contains_itself_goes_on() -> None:
    versions = ("spec", "versions", "[]", "schema", "openAPIV3Schema")
    schema = node_at("apiextensions.k8s.io/v1", "CustomResourceDefinition", *versions)

    assert schema.fields["properties"].at("any") is not None
    assert len(schema.fields) > 20
    assert "properties" in schema.fields
    assert set(schema.fields) >= {"properties", "items"}


def test_the_object_s_own_fields_are_not_owned_through_its_status() -> None:
    pod = schema_of("", "v1", "Pod")
    secret = schema_of("", "v1", "Secret")
    assert pod is not None
    assert secret is not None

    assert ("f:status",) in pod.not_owned("")
    assert ("f:spec",) in pod.not_owned("status")
    assert ("f:metadata", "f:ownerReferences") in pod.not_owned("status")
    assert not secret.not_owned("")


def test_metadata_has_its_type() -> None:
    metadata = object_meta()

    assert metadata.fields["finalizers"].list_type == "set"
    assert metadata.fields["ownerReferences"].keys == ("uid",)
    assert metadata.fields["managedFields"].list_type == "atomic"
