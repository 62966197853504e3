"""Which fields a value mentions: the cases are in tests/data/apiserver/typed."""

from __future__ import annotations

from typing import Any

from apiserver.path_element import path_text
from apiserver.typed_fields import fields_of
from tests.fake.cases import cases
from tests.fake.gadget import schema_of

NODE = schema_of("gadget").root.fields["spec"]


@cases("apiserver/typed/fields.yaml")
def test_what_a_value_mentions(case: dict[str, Any]) -> None:
    assert [path_text(path) for path in fields_of(case["value"], NODE)] == case["fields"]
