"""Values from several places, in Helm's order."""

from __future__ import annotations

import pytest

from helm_controller.problem import HelmError
from helm_controller.values import Settings, merged, values_of


@pytest.mark.parametrize(
    ("below", "above", "expect"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": "text"}, {"a": "text"}),
        ({"a": "text"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_maps_are_joined_and_all_else_is_replaced(below: dict, above: dict, expect: dict):
    assert merged(below, above) == expect


def test_a_later_file_is_over_an_earlier_one():
    assert values_of([{"a": 1, "b": 1}, {"b": 2}], Settings()) == {"a": 1, "b": 2}


def test_kinds_of_settings_have_an_order_whatever_the_command_line():
    settings = Settings(
        json=("a=1,b=1,c=1,d=1",),
        typed=("a=2,b=2,c=2",),
        string=("a=3,b=3",),
        literal=("a=4",),
    )

    assert values_of([{"e": 0, "d": 0}], settings) == {"a": "4", "b": "3", "c": 2, "d": 1, "e": 0}


def test_a_setting_is_refused_with_its_flag():
    with pytest.raises(HelmError, match="failed parsing --set-string data: key") as refused:
        values_of([], Settings(string=("a",)))

    assert refused.value.stage == "values"
