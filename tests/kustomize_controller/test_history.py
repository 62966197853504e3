from __future__ import annotations

from datetime import timedelta

import pytest

from kustomize_controller.history import Passage, kept, with_passage
from shared.api.kustomization import KustomizationStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Retryable
from tests.fake.clock import NOON, ManualClock
from tests.fake.world import FakeWorld

OK = "ReconciliationSucceeded"


def passage(digest: str, status: str = OK, minute: int = 0, **metadata: str) -> Passage:
    ended = NOON + timedelta(minutes=minute)
    return Passage(digest, status, ended, timedelta(seconds=minute), metadata)


def test_the_same_build_with_the_same_end_is_one_entry_that_counts() -> None:
    history = with_passage((), passage("a", revision="one"))
    history = with_passage(history, passage("a", minute=5, revision="two"))

    [entry] = history
    assert entry.total_reconciliations == 2
    assert (entry.first_reconciled, entry.last_reconciled) == (NOON, NOON + timedelta(minutes=5))
    assert entry.last_reconciled_duration == timedelta(seconds=5)
    assert entry.metadata == {"revision": "two"}


def test_another_end_of_the_same_build_is_another_entry() -> None:
    history = with_passage((), passage("a", "HealthCheckFailed"))
    history = with_passage(history, passage("a"))

    assert [entry.last_reconciled_status for entry in history] == [OK, "HealthCheckFailed"]


def test_the_latest_comes_first_and_five_are_kept() -> None:
    history = ()
    for number, digest in enumerate("abcdefa"):
        history = with_passage(history, passage(digest, minute=number))

    assert "".join(entry.digest for entry in history) == "afedc"


@pytest.mark.parametrize("end", [OK, "PruneFailed"])
async def test_every_end_is_written_down(end: str) -> None:
    attempt = Attempt(KustomizationStatus(), FakeWorld())
    attempt.concern(revision="one")
    clock = ManualClock()

    try:
        async with kept(attempt, "sha256:0", clock):
            clock.advance(timedelta(seconds=3))
            if end != OK:
                raise Retryable(end, "no")
    except Retryable:
        pass

    [entry] = attempt.status.history
    assert (entry.digest, entry.last_reconciled_status) == ("sha256:0", end)
    assert entry.last_reconciled_duration == timedelta(seconds=3)
    assert entry.metadata == {"revision": "one"}
