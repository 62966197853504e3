"""What kind of thing a JSON value is, and when two of them are equal.

Python says `True == 1`; the Kubernetes API does not. Whatever compares parts of live objects goes
through here.
"""

from enum import Enum
from typing import Final, Literal, TypeAlias

Shape: TypeAlias = Literal["map", "list", "scalar", "null"]


class Absent(Enum):
    """The type of `ABSENT`: a value that is not there, as opposed to one that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        """Read well in a failing test."""
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


def shape_of(value: object) -> Shape:
    """Say what `value` is; `ABSENT` counts as null."""
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list):
        return "list"
    return "null" if value is None or value is ABSENT else "scalar"


def is_number(value: object) -> bool:
    """Say whether `value` is a JSON number: bool is an int in Python, and not here."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(one: object, other: object) -> bool:
    """Compare two JSON values as the API does: 1 equals 1.0, and neither equals true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)
