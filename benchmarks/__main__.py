"""`python -m benchmarks [--rounds N] [SCENARIO ...]`: measure, print a table, write the results."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    apiserver,
    git,
    git_history,
    growth,
    helm,
    helm_template,
    kustomization,
    kustomize_build,
    monorepo,
    oci,
    packing,
    published,
    readme,
    report,
    start,
)
from benchmarks.scenario import Bench, Outcome, Scenario
from shared.problem import Problem

_CONTROLLERS = (
    kustomization,
    monorepo,
    helm,
    git,
    git_history,
    oci,
    packing,
    start,
    growth,
    published,
)
_ALL = (
    *kustomize_build.SCENARIOS,
    *helm_template.SCENARIOS,
    *(scenario for module in _CONTROLLERS for scenario in module.SCENARIOS),
    *apiserver.SCENARIOS,
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}


def main(arguments: Sequence[str]) -> int:
    """Exit code 1: a promise was not kept, or something could not be measured."""
    asked = _parser().parse_args(arguments)
    outcomes: list[Outcome] = []
    failed = False
    for name in asked.scenario or SCENARIOS:
        try:
            outcomes.append(_measured(SCENARIOS[name], asked.rounds))
        except Problem as problem:
            _say(f"{name}: {problem}")
            failed = True
            continue
        report.write(outcomes[-1:])
        readme.update_all()
        sys.stdout.write("\n".join([*report.lines(outcomes[-1]), "", ""]))
    missed = any(figure.is_met is False for outcome in outcomes for figure in outcome.figures)
    return int(failed or missed)


def _measured(scenario: Scenario, rounds: int) -> Outcome:
    _say(f"{scenario.name}: {scenario.title}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(rounds, Path(folder), lambda line: _say(f"{scenario.name}: {line}"))
        return Outcome(scenario, tuple(scenario.measure(bench)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []], metavar="SCENARIO")
    parser.add_argument("--rounds", type=int, default=3, help="of both sides (default: 3)")
    parser.epilog = f"Scenarios: {', '.join(SCENARIOS)}. Without any, all are measured."
    return parser


def _say(line: str) -> None:
    sys.stderr.write(f"benchmarks: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
