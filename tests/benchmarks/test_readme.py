"""The table of figures in the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figure import Figure
from benchmarks.readme import BEGIN, END, PERFORMANCE, README, ROWS, table, update
from benchmarks.scenario import Outcome, Scenario


def measured(folder: Path) -> None:
    drift = Figure("drift: seconds", "s", ours=[0.01, 0.03, 0.02], theirs=[10, 12, 11])
    scenario = Scenario("kustomization-1000", "some", lambda _: ())
    report.write([Outcome(scenario, (drift,))], folder)


def test_what_was_measured_is_told_and_nothing_else(tmp_path: Path) -> None:
    measured(tmp_path)

    [_, _, row] = table(ROWS, tmp_path)

    assert row.endswith("is put right (interval 10 s) | 0.02 s | 11 s | 0.002 |")


def test_the_table_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    measured(tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}old\n{END}after\n")

    update(readme, ROWS, tmp_path)
    once = readme.read_text()
    update(readme, ROWS, tmp_path)

    assert readme.read_text() == once
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "old" not in once


@pytest.mark.parametrize("path", [README, PERFORMANCE], ids=lambda path: path.name)
def test_there_is_a_place_for_it(path: Path) -> None:
    assert path.read_text().count(BEGIN) == path.read_text().count(END) == 1
