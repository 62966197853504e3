"""The rules between managers, on sets of fields."""

from __future__ import annotations

import pytest

from apiserver.fieldset import NOTHING, FieldSet, fieldset_of
from apiserver.managed_fields import Entry, Identity
from apiserver.ownership_conflict import ApplyConflict
from apiserver.ownership_transfer import in_line, joined, left_to, pruned, require_unowned
from apiserver.typed_comparison import Comparison
from tests.fake.gadget import schema_of

A, B = Identity("Apply", "a"), Identity("Update", "b", "v1")
SIZE = fieldset_of(("f:spec", "f:size"))
COLOUR = fieldset_of(("f:spec", "f:colour"))
NODE = schema_of("gadget").root


def entry(fields: FieldSet) -> Entry:
    return Entry("v1", fields, "2026-01-01T00:00:00Z")


def test_a_change_of_what_another_owns_is_a_conflict() -> None:
    with pytest.raises(ApplyConflict, match=r"\.spec\.size"):
        require_unowned({A: entry(SIZE)}, Comparison(NOTHING, SIZE, NOTHING))


def test_a_removal_is_no_conflict() -> None:
    require_unowned({A: entry(SIZE)}, Comparison(SIZE, COLOUR, NOTHING))


def test_what_was_changed_or_removed_is_no_longer_owned() -> None:
    left = left_to({A: entry(SIZE), B: entry(COLOUR)}, Comparison(SIZE, NOTHING, NOTHING))

    assert left == {B: entry(COLOUR)}


def test_an_entry_takes_in_more_with_the_new_time() -> None:
    later = Entry("v1", COLOUR, "2026-01-02T00:00:00Z")

    grown = joined({A: entry(SIZE)}, A, later)

    assert set(grown[A].fields) == {*SIZE, *COLOUR}
    assert grown[A].time == later.time


def test_entries_are_brought_in_line_with_today_s_type() -> None:
    inside = fieldset_of(("f:spec", "f:limits", "f:cpu"))

    assert in_line({A: entry(inside)}, NODE)[A].fields == fieldset_of(("f:spec", "f:limits"))


def test_only_what_nobody_owns_any_more_is_pruned() -> None:
    merged = {"spec": {"size": 1, "colour": "red", "ready": True}}
    last = entry(fieldset_of(*SIZE, *COLOUR))

    left = pruned(merged, NODE, {B: entry(COLOUR)}, last)

    assert left == {"spec": {"colour": "red", "ready": True}}
