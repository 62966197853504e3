"""Expressions of the API server: what they may cost, what they see, and how faults are told. Their
answers are a contract: tests/contract/test_expression_rules.py."""

from __future__ import annotations

import pytest

from apiserver.expression import Compiler, CostError, ExpressionError
from apiserver.expression_fault import told_as_in_go
from apiserver.expression_type import Sort, escape, sort_of, typed

LIST = Sort("list", Sort("int"))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("self.all(x, x in self)", 1_000_000),
        ("self.all(a, self.all(b, self.all(c, true)))", 200),
        ("[self].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a) == []", 20_000_000),
    ],
    ids=["a long list", "loops in loops", "doubled again and again"],
)
def test_what_costs_too_much_has_no_answer(text: str, size: int) -> None:
    expression = Compiler(LIST).compile(text)

    with pytest.raises(CostError, match="actual cost limit exceeded"):
        expression.value(list(range(200)), None, size=size)


def test_a_rule_is_about_changes_if_it_looks_at_what_was() -> None:
    compiler = Compiler(LIST)

    assert compiler.compile("self == oldSelf").uses_old
    assert not compiler.compile("'oldSelf' != '' && self.size() > 0").uses_old


def test_a_value_that_is_not_there_is_an_optional_none() -> None:
    compiler = Compiler(LIST, is_optional=True)
    expression = compiler.compile("oldSelf.hasValue() ? oldSelf.value() == self : true // so")

    answers = [expression.value([1], old, size=10) for old in (None, [1], [2])]

    assert answers == [True, True, False]


def test_what_is_out_of_range_is_an_error_and_not_the_end() -> None:
    expression = Compiler(Sort("int")).compile("self > 0")

    with pytest.raises(ExpressionError, match="out of range"):
        expression.value(2**70, None, size=10)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain", "plain"),
        ("namespace", "__namespace__"),
        ("a-b.c/d", "a__dash__b__dot__c__slash__d"),
        ("a__b", "a__underscores__b"),
        ("1a", ""),
        ("a b", ""),
    ],
)
def test_the_name_of_a_field_in_expressions(name: str, shown: str) -> None:
    assert escape(name) == shown


def test_a_value_shows_the_fields_that_have_a_type() -> None:
    nothing = {"x-kubernetes-preserve-unknown-fields": True}
    properties = {"n": {"type": "number"}, "free": nothing, "any": {"type": "array", "items": {}}}
    sort = sort_of({"type": "object", "properties": properties})

    assert sort
    assert typed({"n": 1, "free": 1, "any": [1], "more": 1}, sort) == {"n": 1.0}


def test_a_value_of_the_wrong_shape_stays_as_it_is() -> None:
    time = Sort("timestamp")

    assert [typed(value, time) for value in ("soon", 5, None, True)] == ["soon", 5, None, True]
    assert typed(f"{'9' * 400}w", Sort("duration")) == f"{'9' * 400}w"


def test_fields_whose_maps_have_entries_of_one_name_are_declared_all_the_same() -> None:
    numbers = Sort("map", Sort("int"))
    sort = Sort("object", fields=(("aB", "aB", numbers), ("a_B", "a_B", numbers)))

    expression = Compiler(sort).compile("self.aB.all(k, self.aB[k] == self.a_B[k])")

    assert expression.value({"aB": {"k": 1}, "a_B": {"k": 1}}, None, size=20) is True


def test_faults_come_in_the_order_of_their_places() -> None:
    drawn = "\n | b + a.x\n | {}^"
    message = (
        "ERROR: <input>:1:6: undeclared reference to 'a.x' (in container '')"
        f"{drawn.format('.....')}\n"
        "ERROR: <input>:1:1: undeclared reference to 'b' (in container '')"
        f"{drawn.format('')}"
    )

    assert told_as_in_go(message, line_shift=0) == (
        "ERROR: <input>:1:1: undeclared reference to 'b' (in container '')"
        f"{drawn.format('')}\n"
        "ERROR: <input>:1:5: undeclared reference to 'a' (in container '')"
        f"{drawn.format('....')}"
    )
