"""Medians, ratios and promises."""

from __future__ import annotations

import pytest

from benchmarks.figure import Figure, exponent


def figure(**promise: float) -> Figure:
    made = Figure("a build", "s", **promise)
    for ours, theirs in ((3, 10), (1, 20), (2, 90)):
        made.add(ours, theirs)
    return made


def test_a_figure_is_the_ratio_of_medians() -> None:
    assert (figure().own, figure().other, figure().ratio) == (2, 20, 0.1)


@pytest.mark.parametrize(
    ("promise", "kept"),
    [
        ({}, None),
        ({"most": 0.1}, True),
        ({"most": 0.09}, False),
        ({"limit": 2}, True),
        ({"limit": 1.9}, False),
        ({"most": 0.1, "limit": 1.9}, False),
    ],
)
def test_a_promise_is_kept_or_not(promise: dict[str, float], kept: bool | None) -> None:
    assert figure(**promise).is_met is kept


def test_a_ratio_that_was_promised_and_not_measured_is_not_kept() -> None:
    alone = Figure("memory", "MB", most=1)
    alone.add(5)

    assert (alone.other, alone.ratio, alone.is_met) == (None, None, False)


@pytest.mark.parametrize(("power", "costs"), [(1, {10: 3, 100: 30}), (2, {1: 2, 2: 8, 4: 32})])
def test_growth_is_told_as_an_exponent(power: int, costs: dict[int, float]) -> None:
    assert exponent(costs) == pytest.approx(power)
