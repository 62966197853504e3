from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.git.room import Room, size_of


def mirror(room: Room, key: str, size: int, used: float = 0) -> str:
    (room.root / key / "objects").mkdir(parents=True, exist_ok=True)
    (room.root / key / "objects" / "pack").write_bytes(bytes(size))
    os.utime(room.root / key, (used, used))
    return key


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path, 100)


def test_as_long_as_all_fit_none_has_to_go(room):
    assert room.note(mirror(room, "a", 60)) == []
    assert room.note(mirror(room, "b", 40)) == []


def test_those_that_nobody_used_for_the_longest_time_make_way(room):
    for key in ("a", "b", "c"):
        room.note(mirror(room, key, 30))
    room.note("a")

    assert room.note(mirror(room, "d", 60)) == ["b", "c"]


def test_what_an_earlier_process_left_counts_by_when_it_was_used(room):
    mirror(room, "new", 50, used=200)
    mirror(room, "old", 50, used=100)

    assert room.note(mirror(room, "now", 20)) == ["old"]


def test_what_was_just_used_stays_even_alone_above_the_limit(room):
    room.note(mirror(room, "a", 10))

    assert room.note(mirror(room, "b", 500)) == ["a"]


def test_what_is_gone_takes_no_room(room):
    room.note(mirror(room, "a", 90))
    room.forget("a")

    assert room.note(mirror(room, "b", 90)) == []


def test_a_mirror_that_has_grown_counts_with_its_new_size(room):
    room.note(mirror(room, "a", 10))
    room.note(mirror(room, "b", 10))

    assert room.note(mirror(room, "b", 95)) == ["a"]


def test_what_was_relied_on_unopened_counts_as_used(room):
    room.note(mirror(room, "a", 40))
    room.note(mirror(room, "b", 40))

    assert room.touch("a")
    assert room.note(mirror(room, "c", 40)) == ["b"]
    assert not room.touch("gone")


def test_what_belongs_together_is_known_to_the_next_process_too(room):
    mirror(room, "a", 1)
    room.relate("a", ["c", "b"])

    assert Room(room.root).related({"a", "d"}) == {"a", "b", "c", "d"}

    room.relate("a", [])
    assert room.related({"a"}) == {"a"}


def test_of_what_is_not_there_nothing_is_remembered(room):
    room.relate("gone", ["a"])

    assert room.related({"gone"}) == {"gone"}
    assert size_of(room.root / "gone") == 0
