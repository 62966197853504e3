"""One demand of a selector on labels or fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Labels = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand on a label or field."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def accepts(self, labels: Labels) -> bool:
        """Whether the labels meet it. An absent label meets the negative ones, as in Kubernetes."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "absent":
                return value is None
            case _:
                return self._compares(value)

    def _compares(self, value: object) -> bool:
        if not isinstance(value, str) or not value.lstrip("-").isdigit():
            return False
        limit = int(self.values[0])
        return int(value) > limit if self.operator == "gt" else int(value) < limit
