"""What an expression is evaluated with: its variables, and how much work it may make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class CelError(ValueError):
    """An expression that has no value for these variables."""


class Budget:
    """How many steps an evaluation may still take."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        """Take some. Raises CelError where none are left."""
        self._left -= steps
        if self._left < 0:
            raise CelError("operation cancelled: actual cost limit exceeded")


@dataclass(frozen=True, slots=True)
class Scope:
    """Variables by name."""

    variables: dict[str, object]
    budget: Budget

    def get(self, name: str) -> object:
        """The value of a variable. Raises CelError."""
        self.budget.spend()
        if name not in self.variables:
            raise CelError(f"undeclared reference to '{name}'")
        return self.variables[name]

    def having(self, name: str, value: object) -> Scope:
        """The scope with one more variable."""
        return Scope({**self.variables, name: value}, self.budget)


Expression = Callable[[Scope], object]
"""A parsed expression."""


def truth(value: object) -> bool:
    """A boolean. Raises CelError for anything else."""
    if not isinstance(value, bool):
        raise CelError("no such overload: a boolean is needed")
    return value


def items_of(value: object) -> list[object]:
    """The items of a list, or the keys of a map. Raises CelError."""
    if isinstance(value, dict):
        return list(value)
    if isinstance(value, list):
        return value
    raise CelError("no such overload: a list or map is needed")
