"""Kubernetes' documents made into the compact table of built-in kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiserver.builtin.derive import read
from apiserver.builtin.openapi import reference, table_of
from apiserver.value import Object, elements, section

DOCUMENTS = Path(__file__).parents[2] / "data/apiserver/openapi"
TABLE = table_of(read(DOCUMENTS))


def component(name: str) -> Object:
    """A component's row."""
    place = section(TABLE, "types")[name]
    assert isinstance(place, int)
    return section({"row": elements(TABLE, "nodes")[place]}, "row")


def field(name: str) -> Object:
    """The row of a field of a box's spec, with that of the type that it refers to."""
    places = section(component("io.k8s.api.core.v1.BoxSpec"), "p")
    row = section({"row": elements(TABLE, "nodes")[int(str(places[name]))]}, "row")
    base = row.get("$")
    if not isinstance(base, int):
        return row
    below = section({"row": elements(TABLE, "nodes")[base]}, "row")
    return below | {key: value for key, value in row.items() if key != "$"}


def test_a_kind_comes_with_its_names_verbs_and_subresources() -> None:
    (box,) = elements(TABLE, "kinds")

    assert isinstance(box, list)
    assert box[:3] == ["", "v1", "Box"]
    assert box[4:] == ["boxes", 1, ["create", "list", "update", "watch"], {"status": ["patch"]}]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("size", {"t": "integer", "f": "int32", "d": 0, "z": 0}),
        ("colour", {"t": "string", "d": "brown"}),
        ("weight", {"t": "scalar", "f": "quantity"}),
        ("extra", {"a": 1}),
        ("selector", {"t": "object", "a": 0, "o": 1}),
        ("stickers", {"t": "array", "l": "set", "s": ["merge"]}),
        ("slots", {"t": "array", "l": "map", "k": ["row", "column"]}),
        ("notes", {"t": "array"}),
    ],
)
def test_a_field_keeps_how_it_merges_and_no_more(name: str, row: Object) -> None:
    found = {key: value for key, value in field(name).items() if key not in ("i", "v")}

    assert found == row


def test_a_list_with_a_merge_key_is_a_map_by_that_key() -> None:
    lids = field("lids")

    assert (lids["l"], lids["k"], lids["m"]) == ("map", ["name"], "name")
    assert lids["s"] == ["merge", "retainKeys"]
    assert lids["z"] is None


def test_a_type_may_contain_itself() -> None:
    assert field("inner")["p"] == component("io.k8s.api.core.v1.BoxSpec")["p"]


def test_equal_types_are_written_once() -> None:
    nodes = [str(row) for row in elements(TABLE, "nodes")]

    assert nodes.count("{'t': 'string'}") == 1


def test_a_reference_is_found_alone_and_with_additions() -> None:
    assert reference({"$ref": "#/components/schemas/io.k8s.X"}) == "io.k8s.X"
    assert (
        reference({"allOf": [{"$ref": "#/components/schemas/io.k8s.X"}], "default": {}})
        == "io.k8s.X"
    )
    assert reference({"type": "object"}) == ""
