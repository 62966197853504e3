"""How the C library gives memory back to the system.

By itself it learns from the first large piece that was given back that such are common, and keeps
up to twice the largest for the next one. A controller needs them for a moment each: an archive, an
inventory, a list.
"""

from __future__ import annotations

import ctypes
from typing import Final

LARGE: Final = 128 * 1024
"""Bytes from which on a piece comes from the system and goes back there, and as many are kept
free at the end of the heap: the values that the library starts with, and which then stay."""

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3


def give_back() -> bool:
    """Have large pieces given back as soon as they are free. Whether the C library can be told so:
    glibc can; others (musl) do so anyway or have no such choice."""
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is None:
        return False
    return all(option(which, LARGE) for which in (_TRIM_THRESHOLD, _MMAP_THRESHOLD))
