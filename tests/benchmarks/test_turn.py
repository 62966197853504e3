"""From what was measured in each round to figures."""

from __future__ import annotations

from benchmarks.turn import Promise, figures_of

ROUNDS = (
    {
        "penstock": {"prune: seconds": 1.0, "peak: memory": 10, "loop: lag": 0.1},
        "flux": {"prune: seconds": 4.0, "peak: memory": 20},
    },
    {
        "penstock": {"prune: seconds": 2.0, "peak: memory": 30, "loop: lag": 0.3},
        "flux": {"prune: seconds": 8.0, "peak: memory": 40},
    },
)


def test_each_figure_has_all_rounds_and_its_promise() -> None:
    promises = {"prune: seconds": Promise(most=0.5), "loop: lag": Promise(limit=0.1)}

    [prune, memory, lag] = figures_of(ROUNDS, promises)

    assert (prune.name, prune.unit, prune.ratio, prune.is_met) == (
        "prune: seconds",
        "s",
        0.25,
        True,
    )
    assert (memory.unit, memory.ours, memory.theirs, memory.is_met) == (
        "MB",
        [10, 30],
        [20, 40],
        None,
    )
    assert (lag.theirs, lag.own, lag.is_met) == ([], 0.2, False)
