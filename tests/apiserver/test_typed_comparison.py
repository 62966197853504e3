"""What differs between two values: the cases are in tests/data/apiserver/typed."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from apiserver.fieldset import FieldSet, fieldset_of
from apiserver.path_element import path_text
from apiserver.typed_comparison import NO_CHANGE, compare
from apiserver.value import Object
from tests.fake.cases import cases
from tests.fake.gadget import SPEC, schema_of

NODE = schema_of("gadget").root.fields["spec"]


def texts(fields: FieldSet) -> list[str]:
    return sorted(path_text(path) for path in fields)


@cases("apiserver/typed/comparison.yaml")
def test_what_a_value_lacks_has_otherwise_and_has_more(case: dict[str, Any]) -> None:
    change = compare(case["old"], case["new"], NODE)

    assert texts(change.removed) == case.get("removed", [])
    assert texts(change.modified) == case.get("modified", [])
    assert texts(change.added) == case.get("added", [])


@settings(deadline=None)
@given(SPEC)
def test_a_value_does_not_differ_from_itself(value: Object) -> None:
    assert compare(value, value, NODE) == NO_CHANGE


@settings(deadline=None)
@given(SPEC, SPEC)
def test_what_one_lacks_the_other_has_more(one: Object, other: Object) -> None:
    there, back = compare(one, other, NODE), compare(other, one, NODE)

    assert (there.removed, there.added) == (back.added, back.removed)
    assert there.modified == back.modified


def test_some_fields_may_be_left_out() -> None:
    change = compare({"size": 1}, {"shape": {"form": "x"}}, NODE)

    left = change.leaving_out(fieldset_of(("f:shape",), ("f:size",)))

    assert left == NO_CHANGE
    assert texts(change.changed()) == [".shape", ".shape.form"]
