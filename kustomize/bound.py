"""How much a build may make of what it is given. A few lines can ask for billions of values."""

from __future__ import annotations

from kustomize.problem import BuildError

MOST_VALUES = 10_000_000
"""Values that one transformer may write."""
MOST_COPIED = 1_000_000
"""Values that the copies of one patch to one object, or of all replacements, may add."""
LONGEST_TEXT = 16 << 20
"""Characters of a text that is put together."""
MOST_CHARACTERS = 256 << 20
"""Characters that one transformer may put together."""


class Budget:
    """What is left of a limit."""

    __slots__ = ("_left", "_what")

    def __init__(self, limit: int, what: str) -> None:
        self._left = limit
        self._what = what

    def spend(self, amount: int) -> None:
        """Raises BuildError once more was spent than there was."""
        self._left -= amount
        if self._left < 0:
            raise BuildError(f"{self._what} would become too large")


def size(value: object) -> int:
    """How many values there are in one, itself included."""
    if isinstance(value, dict):
        return 1 + sum(map(size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(size, value))
    return 1
