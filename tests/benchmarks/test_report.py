"""Results: JSON with every value, a table for people."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.report import lines, write
from benchmarks.scenario import Outcome, Scenario

MEMORY = Figure("peak memory", "MB", most=1, ours=[30, 40, 35], theirs=[80, 70, 90])
GROWTH = Figure("exponent", "", limit=1.05, ours=[1.2])
SECONDS = Figure("alone", "s", ours=[0.1234567])
SCENARIO = Scenario("thing", "Doing a thing", lambda _: ())
OUTCOME = Outcome(SCENARIO, (MEMORY, GROWTH, SECONDS))


def test_the_table_tells_medians_ratios_and_promises() -> None:
    assert [*lines(OUTCOME)] == [
        "### Doing a thing",
        "",
        "| | Penstock | the other side | ratio | promised |",
        "|---|--:|--:|--:|---|",
        "| peak memory | 35 MB | 80 MB | 0.438 | ratio ≤ 1: kept |",
        "| exponent | 1.2 |  |  | ≤ 1.05: **missed** |",
        "| alone | 0.123 s |  |  |  |",
    ]


def test_every_value_is_written_down(tmp_path: Path) -> None:
    write([OUTCOME], tmp_path / "results")

    found = json.loads((tmp_path / "results/thing.json").read_text())
    assert found["figures"][0]["ours"] == [30, 40, 35]
    assert found["figures"][0]["ratio"] == 0.4375
    assert found["peers"]["kustomize-controller"] == "v1.9.1"
    assert (tmp_path / "results/thing.md").read_text().startswith("### Doing a thing\n")
