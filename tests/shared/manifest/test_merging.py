from __future__ import annotations

import pytest

from shared.manifest.identity import Manifest
from shared.manifest.merging import merged


@pytest.mark.parametrize(
    ("below", "above", "both"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": 2}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
    ],
)
def test_mappings_are_joined_and_all_else_is_replaced(
    below: Manifest, above: Manifest, both: Manifest
) -> None:
    before = str((below, above))

    assert merged(below, above) == both
    assert str((below, above)) == before
