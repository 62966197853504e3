from datetime import timedelta

import pytest

from shared.cluster.correlation import BURST, COMBINED, Correlation
from shared.cluster.occurrence import Occurrence
from shared.reconcile.attempt import Note
from tests.fake.clock import NOON, ManualClock


def occurrence(message="m", *, reason="R", name="web", version="1", when=NOON):
    meta = {"name": name, "namespace": "apps", "uid": name, "resourceVersion": version}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": meta}
    return Occurrence.of(manifest, Note("info", reason, message), "us", when)


@pytest.fixture
def correlation(clock):
    return Correlation(clock)


def test_the_same_again_counts_up_whatever_the_version_of_the_object(correlation):
    first = correlation.take(occurrence(version="1"))
    again = correlation.take(occurrence(version="2", when=NOON + timedelta(minutes=1)))

    assert again is first
    assert again.counted() == {
        "count": 2,
        "lastTimestamp": "2026-01-01T12:01:00Z",
        "message": "m",
    }
    assert again.first == "2026-01-01T12:00:00Z"


def test_another_message_reason_or_object_is_another_event(correlation):
    told = [occurrence(), occurrence("n"), occurrence(reason="S"), occurrence(name="db")]

    names = {correlation.take(one).name for one in told}

    assert len(names) == 4


def test_many_that_differ_in_their_message_alone_are_combined(correlation):
    series = [correlation.take(occurrence(str(number))) for number in range(12)]

    assert [one.message for one in series[:9]] == [str(number) for number in range(9)]
    assert series[9] is series[10] is series[11]
    assert series[11].message == COMBINED + "11"
    assert series[11].count == 3


def test_after_ten_quiet_minutes_they_stand_alone_again(correlation, clock):
    for number in range(12):
        correlation.take(occurrence(str(number)))
    clock.advance(timedelta(minutes=11))

    assert correlation.take(occurrence("new")).message == "new"


def test_an_object_that_tells_too_much_is_heard_every_five_minutes(clock: ManualClock):
    correlation = Correlation(clock)
    told = [correlation.take(occurrence()) for _ in range(BURST + 1)]

    assert told[-1] is None
    assert correlation.take(occurrence(name="db")) is not None
    clock.advance(timedelta(minutes=5))
    assert correlation.take(occurrence()) is not None
    assert correlation.take(occurrence()) is None
