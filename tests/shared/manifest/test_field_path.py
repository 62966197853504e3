from __future__ import annotations

import pytest

from shared.manifest.field_path import differing, owned_fields, shown, touches, without
from tests.fake.cases import cases

ENTRY = {
    "fieldsV1": {
        "f:data": {".": {}, "f:colour": {}},
        "f:metadata": {"f:labels": {"f:app.io/x": {}}, "f:finalizers": {'v:"a/b"': {}}},
        "f:spec": {
            "f:containers": {'k:{"name":"app"}': {".": {}, "f:image": {}}},
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}}},
        },
    }
}


@cases("manifest/field_path.yaml")
def test_the_fields_in_which_two_values_differ(case) -> None:
    assert [shown(path) for path in differing(case["one"], case["other"])] == case["expect"]


def test_the_fields_of_an_entry_are_named_as_people_would() -> None:
    assert {shown(path) for path in owned_fields(ENTRY)} == {
        "data.colour",
        "metadata.finalizers[a/b]",
        "metadata.labels[app.io/x]",
        "spec.containers[app].image",
        "spec.ports[80,TCP]",
    }
    assert owned_fields(None) == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "expect"),
    [
        (("a", "b"), ("a", "b"), True),
        (("a",), ("a", "b"), True),
        (("a", "b"), ("a",), True),
        (("a", "b"), ("a", "c"), False),
        (("ab",), ("a",), False),
    ],
)
def test_fields_that_touch_each_other(one, other, expect: bool) -> None:
    assert touches(one, other) is expect


def test_fields_can_be_left_out() -> None:
    left = without(ENTRY["fieldsV1"], [("data", "colour"), ("spec", "containers", "[app]")])

    assert owned_fields({"fieldsV1": left}) == owned_fields(ENTRY) - {
        ("data", "colour"),
        ("spec", "containers", "[app]", "image"),
    } | {("data",), ("spec", "containers")}
