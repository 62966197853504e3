"""Values as Go prints and writes them."""

from __future__ import annotations

import pytest

from apiserver.go_text import literal, plain, type_name


@pytest.mark.parametrize(
    ("value", "printed", "spelled", "named"),
    [
        ("x", "x", '"x"', "string"),
        (1, "1", "1", "int64"),
        (1.5, "1.5", "1.5", "float64"),
        (True, "true", "true", "bool"),
        (None, "<nil>", "interface {}(nil)", "<nil>"),
        (["x", 1], "[x 1]", '[]interface {}{"x", 1}', "[]interface {}"),
        (
            {"b": 1, "a": ["x"]},
            "map[a:[x] b:1]",
            'map[string]interface {}{"a":[]interface {}{"x"}, "b":1}',
            "map[string]interface {}",
        ),
    ],
)
def test_a_value_is_printed_as_go_prints_it(
    value: object, printed: str, spelled: str, named: str
) -> None:
    assert (plain(value), literal(value), type_name(value)) == (printed, spelled, named)
