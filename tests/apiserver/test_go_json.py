"""JSON as Go writes it."""

from __future__ import annotations

import pytest

from apiserver.go_json import go_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ("é", '"é"'),
        ("<a&b>", '"\\u003ca\\u0026b\\u003e"'),
        ("line\u2028end", '"line\\u2028end"'),
        (2.0, "2"),
        (2.5, "2.5"),
        (1e21, "1e+21"),
    ],
)
def test_a_value_is_written_as_go_writes_it(value: object, text: str) -> None:
    assert go_json(value) == text
