"""JSON that is kept for long."""

from __future__ import annotations

import sys

from shared.manifest.compact import compact, interned, value_of


def test_it_is_the_same_for_the_same_value_and_takes_no_more_room_than_its_text() -> None:
    found = compact({"b": 1, "a": ["x"]})

    assert found == b'{"a":["x"],"b":1}' == compact({"a": ["x"], "b": 1})
    assert sys.getsizeof(found) == sys.getsizeof(b"") + len(found)


def test_a_text_is_kept_once_and_says_what_it_said() -> None:
    value = {"data": {"who": "Zoë 🙂", "n": 1, "none": None}}

    one, other = interned(compact(value)), interned(compact(dict(value)))

    assert one is other
    assert value_of(one) == value
    assert value_of(one) is not value_of(one)
