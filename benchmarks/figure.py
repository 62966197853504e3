"""One figure of a scenario: what was measured on each side, round by round, and the promise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Figure:
    """Values of ours and of a peer (or, where `against` says so, of ourselves another time).

    `most` is the largest ratio of the medians, ours to theirs, that is good enough; `limit` the
    largest median of ours. None where nothing was promised.
    """

    name: str
    unit: str
    most: float | None = None
    limit: float | None = None
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, ours: float, theirs: float | None = None) -> None:
        """Note the values of one round."""
        self.ours.append(ours)
        if theirs is not None:
            self.theirs.append(theirs)

    @property
    def own(self) -> float:
        """Our median."""
        return statistics.median(self.ours)

    @property
    def other(self) -> float | None:
        """The other side's median."""
        return statistics.median(self.theirs) if self.theirs else None

    @property
    def ratio(self) -> float | None:
        """Ours to theirs."""
        return self.own / self.other if self.other else None

    @property
    def is_met(self) -> bool | None:
        """Whether it is good enough; None where nothing was promised."""
        if self.most is None and self.limit is None:
            return None
        by_ratio = self.most is None or (self.ratio is not None and self.ratio <= self.most)
        return by_ratio and (self.limit is None or self.own <= self.limit)

    def as_json(self) -> dict[str, object]:
        """All of it, for the results."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "theirs": self.theirs,
            "median": self.own,
            "median of theirs": self.other,
            "ratio": self.ratio,
            "most": self.most,
            "limit": self.limit,
            "met": self.is_met,
        }


def exponent(costs: Mapping[int, float]) -> float:
    """How costs grow with size: 1 is in proportion, 2 with the square (least squares of logs)."""
    sizes: Sequence[float] = [math.log(size) for size in costs]
    return statistics.linear_regression(sizes, [math.log(cost) for cost in costs.values()]).slope
