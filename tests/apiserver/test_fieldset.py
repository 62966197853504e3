"""Sets of field paths: their laws, and fieldsV1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiserver.fieldset import (
    NOTHING,
    FieldSet,
    below,
    decode,
    difference,
    encode,
    fieldset_of,
    intersection,
    leaves,
    union,
    without,
)

ELEMENT = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"', "i:0"])
PATHS = st.lists(ELEMENT, min_size=1, max_size=3).map(tuple)
SETS = st.lists(PATHS, max_size=6).map(lambda paths: fieldset_of(*paths))


@settings(deadline=None)
@given(SETS, SETS)
def test_union_holds_what_either_holds(one: FieldSet, other: FieldSet) -> None:
    assert set(union(one, other)) == set(one) | set(other)


@settings(deadline=None)
@given(SETS, SETS)
def test_intersection_holds_what_both_hold(one: FieldSet, other: FieldSet) -> None:
    assert set(intersection(one, other)) == set(one) & set(other)


@settings(deadline=None)
@given(SETS, SETS)
def test_difference_holds_what_only_the_first_holds(one: FieldSet, other: FieldSet) -> None:
    assert set(difference(one, other)) == set(one) - set(other)


@settings(deadline=None)
@given(SETS, SETS)
def test_without_takes_away_what_is_below_too(one: FieldSet, other: FieldSet) -> None:
    gone = set(other)
    kept = {path for path in one if not any(path[: len(each)] == each for each in gone)}

    assert set(without(one, other)) == kept


@settings(deadline=None)
@given(SETS, SETS)
def test_difference_and_intersection_make_the_whole(one: FieldSet, other: FieldSet) -> None:
    assert union(difference(one, other), intersection(one, other)) == one


@settings(deadline=None)
@given(SETS)
def test_a_set_is_what_its_paths_are(fields: FieldSet) -> None:
    assert fieldset_of(*fields) == fields
    assert hash(fieldset_of(*fields)) == hash(fields)
    assert len(fields) == len(list(fields))
    assert all(path in fields for path in fields)
    assert bool(fields) == bool(list(fields))


@settings(deadline=None)
@given(SETS)
def test_leaves_have_nothing_below_them(fields: FieldSet) -> None:
    paths = set(fields)
    ends = {p for p in paths if not any(q != p and q[: len(p)] == p for q in paths)}

    assert set(leaves(fields)) == ends


@settings(deadline=None)
@given(SETS)
def test_fields_v1_reads_back_as_it_was(fields: FieldSet) -> None:
    assert decode(encode(fields)) == fields


def test_a_member_with_something_below_it_has_a_dot() -> None:
    fields = fieldset_of(("f:spec",), ("f:spec", "f:size"), ("f:kind",))

    assert encode(fields) == {"f:kind": {}, "f:spec": {".": {}, "f:size": {}}}


def test_elements_are_written_in_the_server_s_order() -> None:
    texts = [
        "i:2",
        "i:10",
        'v:"b"',
        'v:"a"',
        "v:2",
        'k:{"name":"b"}',
        'k:{"name":"a"}',
        "f:z",
        "f:a",
    ]

    assert list(encode(FieldSet(texts))) == [
        "f:a", "f:z", 'k:{"name":"a"}', 'k:{"name":"b"}', "v:2", 'v:"a"', 'v:"b"', "i:2", "i:10",
    ]  # fmt: skip


def test_an_element_of_an_unknown_kind_is_forgotten() -> None:
    assert decode({"f:a": {}, "q:later": {"f:b": {}}}) == fieldset_of(("f:a",))


@pytest.mark.parametrize("bad", [{"": {}}, {"fa": {}}, {"f:a": 1}, {"v:{": {}}, {"k:1": {}}])
def test_what_is_no_set_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode(bad)


def test_below_leads_to_what_a_path_goes_on_with() -> None:
    fields = fieldset_of(("f:a", "f:b"))

    assert below(fields, "f:a") == fieldset_of(("f:b",))
    assert below(fields, "f:x") == NOTHING
    assert () not in fields


def test_nobody_owns_the_whole_object() -> None:
    assert fieldset_of(()) == NOTHING


def test_a_set_shows_what_is_in_it() -> None:
    assert repr(fieldset_of(("f:a",))) == "FieldSet({'f:a': {}})"
    assert fieldset_of(("f:a",)) != {"f:a"}
