"""How long ago, as `kubectl get` shows it: 5s, 3m20s, 4h, 2d3h, 41d, 1y30d."""

from __future__ import annotations

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400


def human(seconds: float) -> str:
    """Two units where both count, one where the second does not matter any more."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    for below, (big, sign), (small, second) in _RULES:
        if whole < below:
            return _text(max(whole, 0), (big, sign), (small, second))
    return f"{whole // YEAR}y"


def _text(whole: int, big: tuple[int, str], small: tuple[int, str]) -> str:
    first, rest = divmod(whole, big[0])
    second = rest // small[0] if small[0] else 0
    return f"{first}{big[1]}" + (f"{second}{small[1]}" if second else "")


_NONE = (0, "")
_RULES = (
    (2 * MINUTE, (1, "s"), _NONE),
    (10 * MINUTE, (MINUTE, "m"), (1, "s")),
    (3 * HOUR, (MINUTE, "m"), _NONE),
    (8 * HOUR, (HOUR, "h"), (MINUTE, "m")),
    (2 * DAY, (HOUR, "h"), _NONE),
    (8 * DAY, (DAY, "d"), (HOUR, "h")),
    (2 * YEAR, (DAY, "d"), _NONE),
    (8 * YEAR, (YEAR, "y"), (DAY, "d")),
)
