import pytest

from shared.api.git_repository import GitRepositoryStatus
from shared.api.meta import Condition
from shared.reconcile.attempt import Attempt, Note
from shared.reconcile.failure import Retryable
from shared.reconcile.settlement import Ready
from shared.runtime.report import news
from tests.fake.clock import NOON

TRACE, INFO = Note("trace", "ArtifactUpToDate", "same"), Note("info", "NewArtifact", "new")
RECOVERY = Note("info", "Succeeded", "stored")


def attempt(*notes):
    made = Attempt(GitRepositoryStatus(), None)
    made.notes.extend(notes)
    return made


def ready(status):
    return (
        Condition(type="Ready", status=status, reason="X", message="", last_transition_time=NOON),
    )


@pytest.mark.parametrize(
    ("notes", "before", "told"),
    [
        pytest.param([], "False", [RECOVERY], id="recovery is news"),
        pytest.param([TRACE], "False", [TRACE, RECOVERY], id="a trace is no news of a recovery"),
        pytest.param([INFO], "False", [INFO], id="what the attempt told itself is told once"),
        pytest.param([TRACE], "True", [TRACE], id="being ready still is no news"),
    ],
)
def test_what_is_told_of_an_attempt_that_went_well(notes, before, told):
    assert news(attempt(*notes), Ready("Succeeded", "stored"), ready(before)) == told


def test_a_failure_is_always_told():
    failure = Retryable("GitOperationFailed", "reset")

    assert news(attempt(INFO), failure, ready("True"))[-1].severity == "error"


def test_a_failure_that_was_told_is_not_told_again():
    failure = Retryable("GitOperationFailed", "reset").as_told()

    assert news(attempt(INFO), failure, ready("True")) == [INFO]
