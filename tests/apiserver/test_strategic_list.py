"""How the lists of a strategic merge patch are laced into one."""

from __future__ import annotations

import pytest

from apiserver.refusal import Refusal
from apiserver.strategic_list import items_without, merged_list, ordered_list
from apiserver.value import Object


def joined(old: Object, new: Object) -> Object:
    return old | new


def test_what_stood_before_an_item_of_the_patch_stays_before_it() -> None:
    live: list[object] = ["a", "b", "c", "d"]

    assert merged_list(live, ["c"], "", joined) == ["a", "b", "c", "d"]
    assert merged_list(live, ["d", "b"], "", joined) == ["a", "c", "d", "b"]
    assert merged_list(live, ["x"], "", joined) == ["x", "a", "b", "c", "d"]


def test_items_are_merged_by_their_key() -> None:
    live: list[object] = [{"name": "a", "x": 1}, {"name": "b"}]

    merged = merged_list(live, [{"name": "a", "y": 2}], "name", joined)

    assert merged == [{"name": "a", "x": 1, "y": 2}, {"name": "b"}]


def test_two_empty_lists_stay_empty() -> None:
    assert merged_list([], [], "name", joined) == []


def test_maps_without_a_merge_key_cannot_be_merged() -> None:
    with pytest.raises(Refusal, match="without merge key"):
        merged_list([{"a": 1}], [{"a": 2}], "", joined)


def test_true_is_not_one_when_members_are_taken_away() -> None:
    assert items_without([1, True, "1"], [1]) == [True, "1"]


def test_an_order_that_names_nothing_leaves_things_where_they_are() -> None:
    assert ordered_list(["a", "b"], (["a", "b"], [], []), "") == ["a", "b"]
