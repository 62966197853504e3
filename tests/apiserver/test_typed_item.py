"""How items of a list that merges are told apart."""

from __future__ import annotations

import pytest

from apiserver.schema import Node
from apiserver.typed_item import NoElement, by_element, element_of, key_default
from apiserver.typed_value import ABSENT

FIELDS = {"port": Node("integer"), "protocol": Node("string", default="TCP")}
PORTS = Node(
    "array", items=Node("object", fields=FIELDS), list_type="map", keys=("port", "protocol")
)
NAMED = Node("array", items=Node("object"), list_type="map", keys=("name",))
TAGS = Node("array", items=Node("string"), list_type="set")


def test_a_key_that_is_left_out_has_its_default() -> None:
    assert element_of(PORTS, {"port": 80}) == 'k:{"port":80,"protocol":"TCP"}'
    assert key_default(PORTS, "protocol") == "TCP"
    assert key_default(PORTS, "port") is ABSENT
    assert key_default(NAMED, "name") is ABSENT


def test_a_key_without_default_that_is_left_out_makes_another_item() -> None:
    assert element_of(PORTS, {}) == 'k:{"protocol":"TCP"}'


@pytest.mark.parametrize(
    ("node", "item", "why"),
    [
        (NAMED, {"x": 1}, "omits all key fields"),
        (NAMED, None, "null element"),
        (NAMED, "x", "non-map elements"),
        (TAGS, {}, "a map type"),
        (TAGS, [], "lists as elements"),
        (TAGS, None, "an explicit null"),
    ],
)
def test_an_item_that_cannot_be_told_apart_is_refused(node: Node, item: object, why: str) -> None:
    with pytest.raises(NoElement, match=why):
        element_of(node, item)


def test_items_are_gathered_by_their_elements() -> None:
    assert by_element(TAGS, ["a", "b", "a", None]) == {'v:"a"': ["a", "a"], 'v:"b"': ["b"]}
    assert by_element(TAGS, None) == {}
