"""What a wait for health came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kustomize_controller.problem import together
from shared.api import duration
from shared.reconcile.condition import Mark


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How the objects are. `faults`: those that are not healthy, a sentence each; none: all are.
    `took`: how long it was waited for."""

    faults: tuple[str, ...]
    took: timedelta

    @property
    def mark(self) -> Mark:
        """What the Healthy condition says of it."""
        if self.faults:
            return Mark("False", "HealthCheckFailed", together(self.faults))
        return Mark("True", "Succeeded", f"Health check passed in {duration.format(self.took)}")
