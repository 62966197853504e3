from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.reconcile.condition import find
from shared.reconcile.failure import Retryable, Stalled, Waiting
from shared.reconcile.settlement import conclude, settle

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("failure", "condition", "reason"),
    [
        (Stalled("InstallFailed", "no"), "Stalled", "InstallFailed"),
        (Retryable("InstallFailed", "no"), "Reconciling", "ProgressingWithRetry"),
        (Waiting("InstallFailed", "no", HOUR), "Reconciling", "ProgressingWithRetry"),
    ],
    ids=["stalled", "retryable", "waiting"],
)
def test_what_stands_beside_ready_says_the_same_unless_told(failure, condition, reason):
    conditions = conclude((), settle(failure, HOUR, None), generation=1, now=NOW)

    found = find(conditions, condition)
    assert (found.reason, found.message) == (reason, "no")


@pytest.mark.parametrize(
    ("failure", "condition"),
    [
        (Stalled("InstallFailed", "no", beside=("RetriesExceeded", "gave up")), "Stalled"),
        (
            Waiting("InstallFailed", "no", HOUR, beside=("RetriesExceeded", "gave up")),
            "Reconciling",
        ),
    ],
    ids=["stalled", "waiting"],
)
def test_what_failed_and_what_follows_are_told_apart(failure, condition):
    conditions = conclude((), settle(failure, HOUR, None), generation=1, now=NOW)

    beside, ready = find(conditions, condition), find(conditions, "Ready")
    assert (beside.reason, beside.message) == ("RetriesExceeded", "gave up")
    assert (ready.status, ready.reason, ready.message) == ("False", "InstallFailed", "no")


def test_who_waits_alarms_nobody_unless_it_is_said():
    waiting = settle(Waiting("ArtifactFailed", "no", HOUR), HOUR, None)
    alarm = settle(Waiting("ArtifactFailed", "no", HOUR).as_alarm(), HOUR, None)

    assert (waiting.alert, alarm.alert) == (False, True)
    assert waiting.again == alarm.again == HOUR
