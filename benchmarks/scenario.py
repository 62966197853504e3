"""A scenario: something that both sides do, in rounds that alternate, and the figures of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import Figure

Say = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a scenario has to work with: how many rounds, a folder of its own, an ear."""

    rounds: int
    folder: Path
    say: Say


Measure = Callable[[Bench], Sequence[Figure]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Its name on the command line, a title for people, and how its figures come about.

    `measure` raises Problem where it cannot be done here: no peer in the cache, a failed program.
    """

    name: str
    title: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a scenario."""

    scenario: Scenario
    figures: tuple[Figure, ...]
