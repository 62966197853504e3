from __future__ import annotations

import pytest

from shared.api.kustomization import KustomizationStatus
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Retryable
from shared.reconcile.settlement import Ready
from shared.runtime.report import news


class Nowhere:
    """A journal that nobody reads."""

    def announce(self, doing: str) -> None:
        pass

    async def persist(self, attempt: object) -> None:
        pass


@pytest.fixture
def attempt() -> Attempt[KustomizationStatus]:
    return Attempt(KustomizationStatus(last_applied_revision="old"), Nowhere())


def test_every_event_of_an_attempt_says_what_it_is_about(attempt) -> None:
    attempt.concern(revision="main@sha1:c0ffee", originRevision="")
    attempt.tell("Progressing", "ConfigMap/apps/web created")
    failure = Retryable("PruneFailed", "could not")

    told = news(attempt, failure, ())

    assert [note.metadata for note in told] == [{"revision": "main@sha1:c0ffee"}] * 2


def test_an_event_may_say_more_of_its_own(attempt) -> None:
    attempt.concern(revision="main@sha1:c0ffee")
    attempt.tell("ReconciliationSucceeded", "done", commit_status="update")

    told = news(attempt, Ready("ReconciliationSucceeded", "Applied"), ())

    assert told[0].metadata == {"revision": "main@sha1:c0ffee", "commit_status": "update"}


def test_what_is_recorded_leaves_the_rest_of_the_status(attempt) -> None:
    attempt.record(KustomizationStatus(last_attempted_revision="new"))

    assert attempt.status.last_attempted_revision == "new"
    assert attempt.status.last_applied_revision == "old"


async def test_a_problem_in_a_stage_becomes_a_failure_with_its_reason(attempt) -> None:
    with pytest.raises(Retryable) as failure:
        async with attempt.stage("Building", "BuildFailed"):
            raise Problem("no such file")

    assert (failure.value.reason, failure.value.message) == ("BuildFailed", "no such file")
