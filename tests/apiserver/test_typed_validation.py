"""Whether a value has its type, in the words of server-side apply."""

from __future__ import annotations

import pytest

from apiserver.typed_validation import mismatches
from tests.fake.gadget import schema_of

NODE = schema_of("gadget").root.fields["spec"]
GO_VALUE = "&value.valueUnstructured"
GO_MAP = "map[string]interface {}{}"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"size": 1, "weight": 1.5, "port": "http", "values": {"x": [1]}}, []),
        ({"size": None, "shape": None, "tags": None}, []),
        ({"size": "x"}, [".size: expected numeric (int or float), got string"]),
        ({"size": True}, [".size: expected numeric (int or float), got bool"]),
        ({"colour": 1}, [f".colour: expected string, got {GO_VALUE}{{Value:1}}"]),
        ({"ready": "yes"}, [".ready: expected boolean, got &{yes}"]),
        ({"shape": "x"}, [".shape: expected map, got &{x}"]),
        ({"tags": {"x": 1}}, [".tags: expected list, got &{map[x:1]}"]),
        ({"shade": 1}, [".shade: field not declared in schema"]),
        ({"tags": ["x", "x"]}, ['.tags: duplicate entries for key [="x"]']),
        ({"arguments": ["x", 1]}, [f".arguments[1]: expected string, got {GO_VALUE}{{Value:1}}"]),
        (
            {"parts": [{"name": "a", "image": {}}]},
            [f'.parts[name="a"].image: expected string, got {GO_VALUE}{{Value:{GO_MAP}}}'],
        ),
        (
            {"parts": [{}, {"name": 1}]},
            [
                '.parts: element 0: associative list with keys has an element that omits all key '
                'fields ["name"] (and doesn\'t have default values for any key fields)'
            ],
        ),
        ({"size": "x", "shade": 1}, [
            ".size: expected numeric (int or float), got string",
            ".shade: field not declared in schema",
        ]),
    ],
)  # fmt: skip
def test_what_is_not_of_its_type_is_told(value: object, found: list[str]) -> None:
    assert [str(each) for each in mismatches(value, NODE, duplicates=False)] == found


def test_a_stored_value_may_hold_an_item_twice() -> None:
    assert list(mismatches({"tags": ["x", "x"]}, NODE, duplicates=True)) == []


def test_a_quantity_may_be_any_scalar_and_nothing_else() -> None:
    pod = schema_of("deployment").root.fields["spec"].fields["template"].fields["spec"]
    containers = pod.fields["containers"].items
    assert containers is not None
    limits = containers.fields["resources"].fields["limits"]

    assert list(mismatches({"cpu": 1, "memory": "1Gi"}, limits, duplicates=False)) == []
    (wrong,) = mismatches({"cpu": ["x"]}, limits, duplicates=False)
    assert str(wrong) == ".cpu: expected any scalar, got &{[x]}"


def test_a_value_that_is_itself_of_a_wrong_shape_has_no_path() -> None:
    (wrong,) = mismatches("x", NODE, duplicates=False)

    assert str(wrong) == "expected map, got &{x}"
