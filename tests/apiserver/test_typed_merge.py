"""A configuration merged into a live value: the cases are in tests/data/apiserver/typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from apiserver.typed_comparison import compare
from apiserver.typed_merge import merge
from apiserver.typed_value import ABSENT
from apiserver.value import Object
from tests.fake.cases import cases
from tests.fake.gadget import SPEC, schema_of

NODE = schema_of("gadget").root.fields["spec"]


@cases("apiserver/typed/merge.yaml")
def test_what_is_applied_wins_and_nothing_goes(case: dict[str, Any]) -> None:
    assert merge(case["live"], case["applied"], NODE) == case["result"]


@pytest.mark.slow
@settings(deadline=None)
@given(SPEC, SPEC)
def test_merging_again_changes_nothing(live: Object, applied: Object) -> None:
    once = merge(live, applied, NODE)

    assert merge(once, applied, NODE) == once


@pytest.mark.slow
@settings(deadline=None)
@given(SPEC, SPEC)
def test_merging_removes_nothing_of_a_declared_type(live: Object, applied: Object) -> None:
    # What is open may change from a map to a scalar, and then its keys go.
    typed = {key: value for key, value in applied.items() if key != "values"}

    assert not compare(live, merge(live, typed, NODE), NODE).removed


def test_what_one_side_lacks_comes_from_the_other() -> None:
    assert merge(ABSENT, {"size": 1}, NODE) == {"size": 1}
    assert merge({"size": 1}, ABSENT, NODE) == {"size": 1}
