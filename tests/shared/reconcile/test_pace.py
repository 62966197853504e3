from datetime import timedelta

import pytest

from shared.reconcile.pace import Backoff, jittered

TEN_MINUTES = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("chance", "seconds"),
    [
        pytest.param(0, 570, id="earliest"),
        pytest.param(0.5, 600, id="middle"),
        pytest.param(1, 630, id="latest"),
    ],
)
def test_success_is_spread_around_the_interval(chance, seconds):
    assert jittered(TEN_MINUTES, chance, 5) == timedelta(seconds=seconds)


def test_failures_back_off_up_to_the_ceiling():
    backoff = Backoff(timedelta(milliseconds=750), timedelta(minutes=15))

    delays = [backoff.failed("apps").total_seconds() for _ in range(12)]

    assert delays[:4] == [0.75, 1.5, 3, 6]
    assert delays[-1] == 900


def test_a_thousand_failures_still_make_a_delay():
    backoff = Backoff(timedelta(milliseconds=750), timedelta(minutes=15))

    assert [backoff.failed("apps") for _ in range(1000)][-1] == timedelta(minutes=15)


def test_a_success_starts_the_back_off_anew():
    backoff = Backoff(timedelta(milliseconds=750), timedelta(minutes=15))
    backoff.failed("apps")
    backoff.forget("apps")

    assert backoff.failed("apps") == timedelta(milliseconds=750)
