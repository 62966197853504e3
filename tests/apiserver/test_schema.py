"""Types, and how they treat values."""

from __future__ import annotations

import pytest

from apiserver.fieldset import NOTHING, fieldset_of
from apiserver.schema import ANYTHING, Node, Schema


@pytest.mark.parametrize(
    ("node", "value", "form"),
    [
        (Node("object"), {}, "map"),
        (Node("object"), "x", "map"),
        (Node("array"), [], "list"),
        (Node("string"), "x", "scalar"),
        (Node("string"), {}, "scalar"),
        (Node("scalar"), 1, "scalar"),
        (ANYTHING, [1], "list"),
        (ANYTHING, 1, "scalar"),
        (ANYTHING, None, "map"),
    ],
)
def test_a_value_is_treated_as_its_type_has_it(node: Node, value: object, form: str) -> None:
    assert node.form_of(value) == form


def test_scalars_atomic_maps_and_atomic_lists_are_leaves() -> None:
    assert Node("string").is_leaf("scalar")
    assert Node("object", atomic=True).is_leaf("map")
    assert not Node("object").is_leaf("map")
    assert Node("array").is_leaf("list")
    assert not Node("array", list_type="set").is_leaf("list")
    assert ANYTHING.is_leaf("list")
    assert not ANYTHING.is_leaf("map")


def test_a_key_leads_to_its_field_or_to_what_other_keys_hold() -> None:
    size, other = Node("integer"), Node("string")

    assert Node("object", fields={"size": size}).at("size") is size
    assert Node("object", fields={"size": size}).at("x") is None
    assert Node("object", values=other).at("x") is other
    assert Node("object", free=True).at("x") is ANYTHING


def test_a_write_through_a_subresource_leaves_some_fields_alone() -> None:
    status = fieldset_of(("f:status",))
    schema = Schema(ANYTHING, {"": status})

    assert schema.not_owned("") == status
    assert schema.not_owned("scale") == NOTHING
