"""Schedules of CronJobs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apiserver.schedule import Schedule, ScheduleError, is_zone

SUNDAY = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("* * * * *", "2026-03-01T12:31"),
        ("*/15 * * * *", "2026-03-01T12:45"),
        ("0 9-17/4 * * *", "2026-03-01T13:00"),
        ("30 12 * * *", "2026-03-02T12:30"),
        ("0 0 1 * *", "2026-04-01T00:00"),
        ("0 0 * * 1-5", "2026-03-02T00:00"),
        ("0 0 * * MON", "2026-03-02T00:00"),
        ("0 0 31 * *", "2026-03-31T00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("0 0 13 * FRI", "2026-03-06T00:00"),
        ("5/20 * * * *", "2026-03-01T12:45"),
        ("1,2 3 * jan ?", "2027-01-01T03:01"),
        ("@hourly", "2026-03-01T13:00"),
        ("@daily", "2026-03-02T00:00"),
        ("@weekly", "2026-03-08T00:00"),
        ("@monthly", "2026-04-01T00:00"),
        ("@yearly", "2027-01-01T00:00"),
    ],
)
def test_a_schedule_comes_up_next(text: str, due: str):
    assert Schedule.parse(text).after(SUNDAY) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_what_never_comes_up_is_never_due():
    assert Schedule.parse("0 0 30 2 *").after(SUNDAY) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected exactly 5 fields, found 0: []"),
        ("x", "expected exactly 5 fields, found 1: [x]"),
        ("* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
        ("*/0 * * * *", "failed to parse */0: it is no range"),
        ("1-2-3 * * * *", "failed to parse 1-2-3: it is no range"),
    ],
)
def test_what_is_no_schedule_is_told(text: str, why: str):
    with pytest.raises(ScheduleError) as raised:
        Schedule.parse(text)

    assert str(raised.value) == why


def test_zones_are_known_by_their_names():
    assert is_zone("Europe/Berlin")
    assert not is_zone("Nowhere/Land")
    assert not is_zone("../etc/passwd")
