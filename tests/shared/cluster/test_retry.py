from datetime import timedelta

import pytest

from shared.cluster.retry import Effort, Setback, asked_for, pause

LOST, UNSENT = Setback(), Setback(sent=False)


def seconds(value):
    return timedelta(seconds=value)


def wait(setback, *, tries=1, elapsed=0.0, idempotent=True, limit=5, chance=0.5):
    effort = Effort(tries, seconds(elapsed), limit)
    found = pause(setback, effort, idempotent=idempotent, chance=chance)
    return found and found.total_seconds()


@pytest.mark.parametrize("status", [0, 500, 502, 503, 504])
def test_what_may_be_done_twice_is_tried_again_when_the_server_stumbles(status):
    assert wait(Setback(status)) == pytest.approx(0.2)
    assert wait(Setback(status), idempotent=False) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 501])
def test_an_answer_that_would_be_the_same_is_not_asked_for_again(status):
    assert wait(Setback(status)) is None


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_the_server_cannot_have_done_is_tried_again_in_any_case(idempotent):
    assert wait(UNSENT, idempotent=idempotent) is not None
    assert wait(Setback(429), idempotent=idempotent) is not None


def test_pauses_double_and_are_spread():
    assert [wait(LOST, tries=tries) for tries in (1, 2, 3, 4)] == [0.2, 0.4, 0.8, 1.6]
    assert [wait(LOST, chance=chance) for chance in (0.0, 1.0)] == pytest.approx([0.1, 0.3])


def test_tries_and_patience_come_to_an_end():
    assert wait(LOST, tries=5) is None
    assert wait(LOST, limit=1) is None
    assert wait(LOST, elapsed=29.9) is None


@pytest.mark.parametrize(("asked", "expected"), [(1, 1), (20, 20), (3600, None)])
def test_the_server_may_ask_for_more_but_not_for_anything(asked, expected):
    assert wait(Setback(429, asked=seconds(asked))) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", None), ("7", 7), ("-1", None), ("Fri, 31 Dec 1999 23:59:59 GMT", None), ("9" * 30, None)],
)
def test_what_the_server_asks_for_is_a_number_of_seconds(header, expected):
    found = asked_for(header)

    assert (found and found.total_seconds()) == expected
