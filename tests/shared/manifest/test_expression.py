from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.manifest.expression import MOST_TEXT, ExpressionError, checked, parsed

CASES = json.loads((Path(__file__).parents[2] / "data/manifest/expressions.json").read_text())
OBJECT: dict[str, Any] = {
    "metadata": {"name": "web-1", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"replicas": 2, "zones": ["a", "b"]},
    "status": {"phase": "Ready", "conditions": [{"type": "Ready", "status": "True"}]},
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_answer_to_an_expression(case: dict[str, Any]) -> None:
    if "unreadable" in case:
        with pytest.raises(ExpressionError) as error:
            parsed(case["text"], place="field")
        assert str(error.value).startswith(case["unreadable"])
        return

    expression = parsed(case["text"], place="field")

    if "error" in case:
        with pytest.raises(ExpressionError) as error:
            expression.is_true(OBJECT)
        assert str(error.value) == case["error"]
    else:
        assert expression.is_true(OBJECT) is case["expect"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("self.a", "the answer has to be a bool, and is dyn"),
        ("'yes'", "the answer has to be a bool, and is string"),
        ("slef.a == 1", "1:5: undeclared reference to 'slef.a'"),
        ("self.a == 1 &&", "Syntax error"),
        ("true " * MOST_TEXT, "more than 10000 characters"),
        ("(" * 500 + "true" + ")" * 500, "recursion limit exceeded"),
    ],
    ids=["no bool for sure", "no bool", "another variable", "half", "too long", "too deep"],
)
def test_a_checked_expression_is_over_its_variables_and_true_or_false(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as error:
        checked(text, place="spec.dependsOn[0].readyExpr", variables=("self", "dep"))

    assert str(error.value).startswith("spec.dependsOn[0].readyExpr: ")
    assert why in str(error.value)


def test_a_checked_expression_sees_its_variables() -> None:
    text = "dep.metadata.labels['version'] == self.metadata.labels['version']"
    labelled = {"metadata": {"labels": {"version": "1"}}}

    expression = checked(text, place="readyExpr", variables=("self", "dep"))

    assert expression.is_true({"self": labelled, "dep": labelled})


DEEP: dict[str, Any] = {}
for _ in range(1000):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("self.all(x, x in self)", list(range(100_000)), "would take too long"),
        ("self.all(a, self.all(b, self.all(c, true)))", list(range(30)), "Iteration budget"),
        ("[self].map(a, a.replace('', a)).size() == 1", "x" * 20_000, "without a useful limit"),
        (f"[self]{'.map(a, a + a)' * 20}.size() == 1", "x" * 10_000, "without a useful limit"),
        ("self == self", DEEP, "nested deeper"),
        ("self == 1", 2**70, "out of range"),
    ],
    ids=["long loops", "nested loops", "texts in texts", "doubling", "deep", "large number"],
)
def test_what_would_cost_too_much_is_refused(text: str, value: object, why: str) -> None:
    expression = parsed(text, place="field")

    with pytest.raises(ExpressionError, match=why):
        expression.is_true({"self": value})


def test_what_costs_something_is_answered() -> None:
    items = [{"name": f"item-{number}", "note": "x" * 500} for number in range(2000)]
    text = (
        "self.filter(i, i.note.contains('x')).all(i, i.name.replace('item', 'it').matches('^it-'))"
    )

    assert parsed(text, place="field").is_true({"self": items})
