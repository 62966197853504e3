"""Sizes as people read them. Pure."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def human(size: int) -> str:
    """Bytes in the unit that fits, with four digits at most: `1.234MB`."""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.4g}{_UNITS[unit]}"
