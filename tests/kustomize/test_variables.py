"""`$(NAME)` in texts."""

from __future__ import annotations

import pytest

from kustomize.problem import BuildError
from kustomize.variables import Expander

VALUES = {"A": "x", "N": 5, "B": True, "M": {"a": 1}, "Z": None, "LOOP": "$(LOOP)"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("$(A)", "x"),
        ("$(N)", 5),
        ("$(B)", True),
        ("a-$(N)-$(A)", "a-5-x"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$x"),
        ("$(NONE)", "$(NONE)"),
        ("$(M)", "$(M)"),
        ("$(Z)", "$(Z)"),
        ("$(A", "$(A"),
        ("$", "$"),
        ("$A $x", "$A $x"),
        ("$(LOOP)x", "$(LOOP)x"),
        ("cost: 5$", "cost: 5$"),
    ],
)
def test_a_text_with_variables(text: str, wanted: object) -> None:
    assert Expander(VALUES).expanded(text) == wanted


def test_texts_of_lists_and_mappings_are_worked_on_too() -> None:
    holder: dict[str, object] = {"l": ["$(A)", "b"], "m": {"k": "$(N)", "n": 1}, "t": "$(A)!"}
    for name in holder:
        Expander(VALUES).replace_at((holder, name))

    assert holder == {"l": ["x", "b"], "m": {"k": 5, "n": 1}, "t": "x!"}


def test_lists_may_hold_nothing_but_texts() -> None:
    with pytest.raises(BuildError, match="expect a string"):
        Expander(VALUES).replace_at(({"l": ["$(A)", 1]}, "l"))


def test_texts_cannot_grow_without_end() -> None:
    expander = Expander({"A": "x" * (1 << 20)})

    with pytest.raises(BuildError, match="would become too large"):
        expander.expanded("$(A) " * 300)
