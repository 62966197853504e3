"""How long ago, in the words of kubectl get."""

from __future__ import annotations

import pytest

from apiserver.duration import human

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "<invalid>"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
        (600, "10m"), (3 * HOUR, "3h"),
        (3 * HOUR + 60, "3h1m"), (8 * HOUR, "8h"),
        (47 * HOUR, "47h"), (2 * DAY, "2d"),
        (2 * DAY + HOUR, "2d1h"), (8 * DAY, "8d"), (729 * DAY, "729d"),
        (731 * DAY, "2y1d"), (3000 * DAY, "8y"),
    ],
)  # fmt: skip
def test_a_duration_is_told(seconds: int, told: str):
    assert human(seconds) == told
