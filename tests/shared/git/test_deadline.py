from __future__ import annotations

from datetime import timedelta

import pytest

from shared.git.deadline import Deadline, Intake
from shared.git.error import GitError
from tests.fake.clock import ManualClock

SECONDS = timedelta(seconds=10)


def test_a_deadline_runs_out() -> None:
    clock = ManualClock()
    deadline = Deadline(clock, SECONDS)
    clock.advance(timedelta(seconds=4))
    assert deadline.left() == 6

    clock.advance(timedelta(seconds=6))

    with pytest.raises(GitError, match="timed out after 10s"):
        deadline.left()


def test_a_deadline_can_be_called_off() -> None:
    deadline = Deadline(ManualClock(), SECONDS)

    deadline.call_off()

    with pytest.raises(GitError, match="timed out"):
        deadline.left()


def intake(*pieces: bytes, most: int = 100) -> Intake:
    ahead = iter(pieces)
    return Intake(lambda size, left: next(ahead, b""), Deadline(ManualClock(), SECONDS), most)


def test_pieces_are_put_together_and_taken_apart() -> None:
    stream = intake(b"ab", b"cdef", b"g")

    assert [stream.read(3), stream.read(3), stream.read(3)] == [b"abc", b"def", b"g"]


def test_what_was_peeked_at_is_still_there() -> None:
    stream = intake(b"abc", b"def")

    assert stream.peek(4) == b"abcd"
    assert stream.read(6) == b"abcdef"


def test_more_than_the_limit_is_not_read() -> None:
    stream = intake(b"x" * 60, b"x" * 60)

    with pytest.raises(GitError, match="sends more than"):
        stream.read(120)


def test_a_trickle_does_not_outlast_the_deadline() -> None:
    clock = ManualClock()

    def drip(size: int, left: float) -> bytes:
        clock.advance(timedelta(seconds=1))
        return b"x"

    stream = Intake(drip, Deadline(clock, SECONDS), 1_000)

    with pytest.raises(GitError, match="timed out"):
        stream.read(100)
