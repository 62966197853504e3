"""JSON as Go writes it."""

from __future__ import annotations

import math

import pytest

from helm_controller.go_json import Struct, encoded


@pytest.mark.parametrize(
    ("value", "expect"),
    [
        (0, "0"), (-0.0, "-0"), (1.0, "1"), (1.5, "1.5"), (100.0, "100"), (0.1, "0.1"),
        (1e6, "1000000"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e300, "1.5e+300"),
        (1e-6, "0.000001"), (1e-7, "1e-7"), (1.25e-10, "1.25e-10"), (-2.5e22, "-2.5e+22"),
        (5e-324, "5e-324"), (2**53 + 1, "9007199254740992"), (2**64, "18446744073709552000"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_strconv_does(value: float, expect: str):
    assert encoded(value) == expect


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ('a"b\\c', r'"a\"b\\c"'),
        ("<a>&", r'"\u003ca\u003e\u0026"'),
        ("\n\t\r\b\f\x01\x7f", '"\\n\\t\\r\\b\\f\\u0001\x7f"'),
        ("ä\u2028\u2029", r'"ä\u2028\u2029"'),
        ("a\ud800b", r'"a\ufffdb"'),
    ],
)
def test_texts_are_escaped_for_html_too(text: str, expect: str):
    assert encoded(text) == expect


def test_maps_are_sorted_by_bytes():
    assert encoded({"b": 1, "ä": [None, True], "B": {}}) == '{"B":{},"b":1,"ä":[null,true]}'


def test_structs_keep_their_order_and_leave_out_what_is_empty():
    shape = Struct(("z", "a", "n", "kept"), {"kept": None}, {"n": Struct(("y", "x"))})

    written = encoded({"a": 1, "z": "", "n": [{"x": 1, "y": 2, "other": 3}]}, shape)

    assert written == '{"a":1,"n":[{"y":2,"x":1}],"kept":null}'


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}])
def test_what_json_does_not_know_is_refused(value: object):
    with pytest.raises(ValueError, match="no form in JSON"):
        encoded(value)
