"""What a wait for health came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.api import duration
from shared.operation.problem import OperationProblem, listed
from shared.reconcile.condition import Mark


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How the objects are. `faults`: those that are not healthy, a sentence each; none: all are.
    `took`: how long it was waited for; `hopeless`: whether one has failed for good."""

    faults: tuple[str, ...]
    took: timedelta
    hopeless: bool = False

    @property
    def message(self) -> str:
        """A sentence about all of it."""
        took = duration.format(self.took)
        if not self.faults:
            return f"Health check passed in {took}"
        why = "failed early due to stalled resources" if self.hopeless else "timeout waiting for"
        return f"health check failed after {took}: {why}: [{listed(self.faults, ', ')}]"

    @property
    def mark(self) -> Mark:
        """What the Healthy condition says of it."""
        if self.faults:
            return Mark("False", "HealthCheckFailed", self.message)
        return Mark("True", "Succeeded", self.message)

    def require(self) -> None:
        """Raises OperationProblem with all that is not healthy."""
        if self.faults:
            raise OperationProblem(self.message)
