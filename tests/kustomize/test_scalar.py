"""Scalars that remember how they were written."""

from __future__ import annotations

import pytest

from kustomize.problem import BuildError
from kustomize.scalar import (
    EMPTY,
    EMPTY_IN_FLOW,
    OddKey,
    copied,
    is_empty,
    is_null,
    key_of,
    plain,
    retyped,
    scalar_text,
    spelled,
    text_of,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0x1F", 31), ("1_000", 1000), ("1.0", 1), ("1.50", 1.5), ("True", True), ("abc", "abc"),
     ("2020-01-01", "2020-01-01T00:00:00Z"), ("5", 5), ("true", True), ("null", None)],
)  # fmt: skip
def test_a_scalar_keeps_its_text_until_it_is_made_plain(text: str, value: object) -> None:
    scalar = spelled(text)

    assert text_of(scalar) == text
    assert (plain(scalar), type(plain(scalar))) == (value, type(value))


def test_nothing_at_all_comes_in_several_kinds() -> None:
    assert all(map(is_null, (None, EMPTY, EMPTY_IN_FLOW)))
    assert (plain(EMPTY), plain(EMPTY_IN_FLOW)) == (None, "")
    assert (text_of(None), text_of(EMPTY), scalar_text(None)) == ("null", "", "")
    assert is_empty({})
    assert is_empty([])
    assert not is_empty("")


@pytest.mark.parametrize(
    ("old", "text", "new"),
    [("x", "5", "5"), (1, "8080", 8080), (1.5, "2", 2), (True, "false", False), (None, "~", None)],
)
def test_another_text_keeps_the_type(old: object, text: str, new: object) -> None:
    assert plain(retyped(old, text)) == new


@pytest.mark.parametrize(
    ("old", "tag"), [(1, "int"), (1.5, "float"), (True, "bool"), (None, "null")]
)
def test_a_text_that_is_of_another_type_is_refused(old: object, tag: str) -> None:
    with pytest.raises(BuildError, match=f"cannot decode !!str `h.x` as a !!{tag}"):
        retyped(old, "h.x")


@pytest.mark.parametrize("key", ["1", "true", "null", "2020-01-01x", "~"])
def test_keys_that_yaml_takes_for_something_else_may_not_stay(key: str) -> None:
    if key == "2020-01-01x":
        assert type(key_of(key)) is str
        return

    assert type(key_of(key)) is OddKey
    with pytest.raises(BuildError, match="is not a string"):
        plain({key_of(key): 1})


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(BuildError, match="unsupported value"):
        plain({"a": [spelled(".inf")]})


def test_a_copy_shares_nothing() -> None:
    value = {"a": [{"b": 1}]}
    copy = copied(value)

    value["a"][0]["b"] = 2

    assert copy == {"a": [{"b": 1}]}
