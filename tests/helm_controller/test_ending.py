from __future__ import annotations

from datetime import timedelta

from helm_controller.account import Attempted
from helm_controller.chart import read
from helm_controller.decision import Wanted
from helm_controller.ending import Ending
from helm_controller.task import Ingredients, Task
from shared.api.helm_release import HelmRelease
from shared.api.parsing import parse
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Waiting
from tests.helm_controller.cases import archive


def test_the_pause_between_retries_is_spread_and_told_as_it_was_asked_for():
    strategy = {"strategy": {"name": "RetryOnFailure", "retryInterval": "10m"}}
    hr = parse(
        HelmRelease,
        {
            "metadata": {"name": "demo", "namespace": "apps"},
            "spec": {"interval": "1h", "upgrade": strategy},
            "status": {"lastAttemptedReleaseAction": "upgrade"},
        },
    )
    task = Task(
        Ingredients(read(archive({})), {}), Wanted("demo", "1.0.0", ""), Attempted("", "", ""), {}
    )

    failure = Ending(hr, Attempt(hr.status, None), task, False, lambda pause: 2 * pause).unrecorded(
        "broken"
    )

    assert isinstance(failure, Waiting)
    assert failure.retry_in == timedelta(minutes=20)
    assert failure.beside == ("ProgressingWithRetry", "retrying after 10m0s")
