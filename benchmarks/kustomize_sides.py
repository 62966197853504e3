"""`kustomize build` on both sides: the real binary, and a process with our library."""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import PEERS
from benchmarks.process import Cost, RunError, run
from tests.real.go_program import BuildError

ROOT = Path(__file__).parent.parent
STARTS = 5
"""Starts of a program that does nothing, to know what a start costs."""


@dataclass(frozen=True, slots=True)
class Ours:
    """A process of ours: what it cost as a whole, and the seconds of its parts: `read`, `build`,
    `dump`, and what else the worker was asked for."""

    cost: Cost
    parts: dict[str, float]

    @property
    def work(self) -> float:
        """Seconds of a build, from files to text, without the start of Python."""
        return self.parts["read"] + self.parts["build"] + self.parts["dump"]


def ours(folder: Path, directory: str, *changed: str) -> Ours:
    """Build with our library in a process of its own. Raises RunError."""
    module = "benchmarks.kustomize_worker"
    worker = [sys.executable, "-m", module, str(folder), directory, *changed]
    cost = run(worker, ROOT)
    return Ours(cost, json.loads(cost.remarks))


def theirs(folder: Path, directory: str) -> Cost:
    """Build with the binary. Raises RunError, also where it was never built."""
    return run([_binary(), "build", folder / directory], folder)


def their_start() -> float:
    """Seconds that the binary takes to start and do nothing."""
    return statistics.median(run([_binary(), "version"], ROOT).seconds for _ in range(STARTS))


def check_equal(mine: Ours, their: Cost) -> None:
    """Raises RunError unless both have printed the same bytes: else there is nothing to compare."""
    if mine.cost.output != their.output:
        raise RunError("the two sides do not print the same YAML")


def _binary() -> Path:
    try:
        binary = PEERS["kustomize"].program.binary()
    except BuildError as error:
        raise RunError(str(error)) from error
    if not binary.exists():
        raise RunError("kustomize is not in the cache: `./dev peers kustomize` builds it")
    return binary
