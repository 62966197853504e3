"""Plain scalars, by the tables of Go's two YAML libraries."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml

from shared.manifest.resolution import (
    needs_quotes,
    resolved,
    resolved_old,
    timestamp,
    whole_if_integral,
)

TABLE = Path(__file__).parents[2] / "data/manifest/scalars.yaml"
CASES = yaml.safe_load(TABLE.read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"] or "nothing")
def test_a_plain_scalar_is_what_go_makes_of_it(case: dict[str, object]) -> None:
    text, value = case["text"], case["value"]
    old = case.get("old", value)

    assert (resolved(text), type(resolved(text))) == (value, type(value))
    assert (resolved_old(text), type(resolved_old(text))) == (old, type(old))


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF"])
def test_infinities_are_floats(text: str) -> None:
    assert math.isinf(resolved(text))
    assert math.isnan(resolved(".nan"))


@pytest.mark.parametrize(
    "text",
    ["", "~", "null", "true", "Yes", "off", "n", "1", "1.5", "0o17", "1_000", ".5", "1:2", ".nan",
     "2020-1-1", "2020-01-01 10:00:00"],
)  # fmt: skip
def test_strings_that_would_be_something_else_need_quotes(text: str) -> None:
    assert needs_quotes(text)


@pytest.mark.parametrize("text", ["t", "f", "1e", "NaN", "=", "<<", "2001-13-01", "1.2.3", "a"])
def test_other_strings_need_none(text: str) -> None:
    assert not needs_quotes(text)


def test_ten_million_digits_take_no_time() -> None:
    assert resolved("9" * 10_000_000) == "9" * 10_000_000
    assert not needs_quotes("9" * 10_000_000)


@pytest.mark.parametrize(
    ("value", "whole"),
    [(1.0, 1), (-0.0, 0), (1e19, 10**19), (1e20, 1e20), (2.5, 2.5), (-(2.0**63), -(2.0**63))],
)
def test_floats_come_back_from_json_as_integers_where_they_fit(value: float, whole: float) -> None:
    assert (whole_if_integral(value), type(whole_if_integral(value))) == (whole, type(whole))


def test_a_timestamp_in_another_form_is_text() -> None:
    assert timestamp("2024-01-01T10:00:00") == "2024-01-01T10:00:00"
    assert timestamp("2024-01-01T25:00:00Z") == "2024-01-01T25:00:00Z"
