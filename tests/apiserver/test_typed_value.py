"""Shapes and equality of JSON values."""

from __future__ import annotations

import pytest

from apiserver.typed_value import ABSENT, equal, is_number, shape_of


@pytest.mark.parametrize(
    ("value", "shape"),
    [({}, "map"), ([], "list"), (None, "null"), (ABSENT, "null"), ("", "scalar"), (0, "scalar")],
)
def test_a_value_has_a_shape(value: object, shape: str) -> None:
    assert shape_of(value) == shape


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ([1, {"a": True}], [1, {"a": True}], True),
        ([1, {"a": True}], [1, {"a": 1}], False),
        ([1], [1, 2], False),
        ({"a": None}, {}, False),
        ({}, None, False),
    ],
)
def test_values_are_equal_as_the_api_has_it(one: object, other: object, same: bool) -> None:
    assert equal(one, other) is same
    assert equal(other, one) is same


def test_true_is_no_number() -> None:
    assert is_number(1)
    assert is_number(1.5)
    assert not is_number(True)


def test_absence_shows_itself() -> None:
    assert repr(ABSENT) == "ABSENT"
