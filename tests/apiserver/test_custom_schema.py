"""The type of a custom resource, from its definition."""

from __future__ import annotations

from apiserver.custom_schema import schema_of
from apiserver.schema import ANYTHING, Node
from apiserver.value import Object


def spec_of(**properties: Object) -> Node:
    spec: Object = {"type": "object", "properties": properties}
    openapi: Object = {"type": "object", "properties": {"spec": spec}}
    return schema_of(openapi, status=False).root.fields["spec"]


def test_the_names_of_an_object_are_typed_whatever_the_definition_says() -> None:
    root = schema_of(
        {"type": "object", "properties": {"kind": {"type": "integer"}}}, status=False
    ).root

    assert root.fields["kind"].type == "string"
    assert root.fields["apiVersion"].type == "string"
    assert root.fields["metadata"].fields["finalizers"].list_type == "set"


def test_without_a_schema_anything_goes() -> None:
    assert schema_of({}, status=False).root is ANYTHING


def test_a_list_merges_as_the_definition_says() -> None:
    item = {"type": "object", "properties": {"name": {"type": "string", "default": "x"}}}
    by_name = {
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    spec = spec_of(
        parts=by_name,
        tags={"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        words={"type": "array", "items": {"type": "string"}},
    )

    assert (spec.fields["parts"].list_type, spec.fields["parts"].keys) == ("map", ("name",))
    assert spec.fields["parts"].items is not None
    assert spec.fields["parts"].items.fields["name"].default == "x"
    assert spec.fields["tags"].list_type == "set"
    assert spec.fields["words"].list_type == "atomic"


def test_a_map_is_atomic_where_the_definition_says_so() -> None:
    spec = spec_of(
        whole={"type": "object", "x-kubernetes-map-type": "atomic"}, parted={"type": "object"}
    )

    assert spec.fields["whole"].atomic
    assert not spec.fields["parted"].atomic


def test_keys_that_are_not_declared_have_the_type_of_the_additional_ones() -> None:
    spec = spec_of(
        typed={"type": "object", "additionalProperties": {"type": "string"}},
        bare={"type": "object"},
        open={
            "type": "object",
            "properties": {"x": {"type": "string"}},
            "additionalProperties": True,
        },
        closed={"type": "object", "properties": {"x": {"type": "string"}}},
    )

    typed = spec.fields["typed"].at("any")
    assert typed is not None
    assert typed.type == "string"
    assert spec.fields["bare"].at("any") is ANYTHING
    assert spec.fields["open"].at("any") is ANYTHING
    assert spec.fields["closed"].at("any") is None


def test_what_preserves_unknown_fields_is_open_all_the_way_down() -> None:
    inner = {"type": "object", "properties": {"deep": {"type": "object", "properties": {"x": {}}}}}
    spec = spec_of(half={**inner, "x-kubernetes-preserve-unknown-fields": True})

    half = spec.fields["half"]
    assert half.preserve
    assert half.at("any") is ANYTHING
    assert not half.fields["deep"].preserve
    assert half.fields["deep"].at("any") is ANYTHING


def test_an_embedded_resource_has_typed_metadata() -> None:
    template = {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "properties": {"spec": {"type": "object"}},
    }
    embedded = spec_of(template=template).fields["template"]

    assert embedded.embedded
    assert embedded.fields["metadata"].fields["ownerReferences"].keys == ("uid",)
    assert "spec" in embedded.fields


def test_an_int_or_string_may_be_either() -> None:
    port = spec_of(port={"x-kubernetes-int-or-string": True}).fields["port"]

    assert port.form_of(80) == "scalar"
    assert port.form_of("http") == "scalar"


def test_a_status_apart_is_reset_by_either_write() -> None:
    apart = schema_of({"type": "object"}, status=True)

    assert ("f:status",) in apart.not_owned("")
    assert ("f:spec",) in apart.not_owned("status")
    assert ("f:metadata",) in apart.not_owned("status")
    assert not schema_of({"type": "object"}, status=False).not_owned("")


def test_the_definition_s_own_words_stay_with_the_type() -> None:
    size = {"type": "integer", "minimum": 1, "default": 2}
    field = spec_of(size=size).fields["size"]

    assert field.source == size
    assert field.default == 2
