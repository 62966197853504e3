"""A value without some of its fields: the cases are in tests/data/apiserver/typed."""

from __future__ import annotations

from typing import Any

from apiserver.fieldset import decode
from apiserver.typed_removal import remove
from tests.fake.cases import cases
from tests.fake.gadget import schema_of

NODE = schema_of("gadget").root.fields["spec"]


@cases("apiserver/typed/removal.yaml")
def test_what_is_left_of_a_value(case: dict[str, Any]) -> None:
    assert remove(case["value"], decode(case["fields"]), NODE) == case["result"]
