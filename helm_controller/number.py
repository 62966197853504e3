"""Numbers among values, as Go tells them apart. Pure.

Helm reads values files as JSON, where every number is a floating-point one: a template prints a
million as `1e+06`. What `--set` and a `targetPath` set stays whole: `1000000`.
"""

from __future__ import annotations


class Whole(int):
    """A whole number that templates see as one."""

    __slots__ = ()


def told_apart(value: object) -> object:
    """A value whose numbers are `float` but for those that stay whole. Raises OverflowError for one
    that is too large, RecursionError for what is nested too deep."""
    match value:
        case bool() | Whole():
            return value
        case int():
            return float(value)
        case dict():
            return {key: told_apart(one) for key, one in value.items()}
        case list() | tuple():
            return [told_apart(one) for one in value]
        case _:
            return value
