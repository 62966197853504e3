from __future__ import annotations

from datetime import timedelta

import pytest

from kustomize_controller.limit import attempt_limit, retry_after, timeout_of
from shared.api import duration
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.reconcile.clock import since
from tests.fake.clock import ManualClock


def kustomization(**spec: str) -> Kustomization:
    source = {"kind": "GitRepository", "name": "apps"}
    return parse(
        Kustomization,
        {"metadata": {"name": "a"}, "spec": {"prune": True, "sourceRef": source, **spec}},
    )


@pytest.mark.parametrize(
    ("spec", "timeout"),
    [
        ({"interval": "10m"}, "9m30s"),
        ({"interval": "40s"}, "30s"),
        ({"interval": "10m", "timeout": "5s"}, "5s"),
        ({"interval": "1m", "timeout": "1h"}, "1h0m0s"),
    ],
)
def test_the_time_that_an_attempt_has(spec: dict[str, str], timeout: str) -> None:
    ks = kustomization(**spec)

    assert duration.format(timeout_of(ks)) == timeout
    assert attempt_limit(ks) > 2 * timeout_of(ks)


def test_a_failure_is_tried_again_at_a_pace_of_its_own() -> None:
    assert retry_after(kustomization(interval="10m", retryInterval="1m")) == timedelta(minutes=1)
    assert retry_after(kustomization(interval="10m")) == timedelta(minutes=10)


def test_how_long_something_took_is_told_to_the_millisecond() -> None:
    clock = ManualClock()
    started = clock.monotonic()
    clock.advance(timedelta(microseconds=1_234_567))

    assert duration.format(since(started, clock)) == "1.235s"
