"""JSON that is kept for long."""

from __future__ import annotations

import sys

from shared.manifest.compact import compact


def test_it_is_the_same_for_the_same_value_and_takes_no_more_room_than_its_text() -> None:
    found = compact({"b": 1, "a": ["x"]})

    assert found == b'{"a":["x"],"b":1}' == compact({"a": ["x"], "b": 1})
    assert sys.getsizeof(found) == sys.getsizeof(b"") + len(found)
