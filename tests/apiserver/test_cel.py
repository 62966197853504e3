"""Expressions, evaluated."""

from __future__ import annotations

import pytest

from apiserver.cel.grammar import parse
from apiserver.cel.scope import Budget, CelError, Scope
from apiserver.cel.token import CelSyntaxError
from tests.apiserver.tables import rows

THING = {
    "n": 3,
    "text": "hello",
    "list": [1, 2, 3],
    "map": {"a": "v", "b": "v"},
    "truth": True,
    "dashed-name": 1,
}


@pytest.mark.parametrize("row", rows("cel"), ids=lambda row: row["rule"][:60])
def test_an_expression_has_a_value(row):
    scope = Scope({"self": THING}, Budget(5_000))
    if row.get("syntax"):
        with pytest.raises(CelSyntaxError):
            parse(row["rule"])
    elif "error" in row:
        with pytest.raises(CelError, match=row["error"]):
            parse(row["rule"])(scope)
    else:
        assert parse(row["rule"])(scope) == row.get("value", True)
