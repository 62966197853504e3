from __future__ import annotations

from datetime import timedelta

import pytest

from shared.api.git_repository import GitRepository
from shared.git.listing import Asker
from shared.manifest.identity import Manifest
from shared.runtime.subject import REQUESTED_AT
from source_controller.git_arrival import Arrivals
from source_controller.trigger import Listener
from tests.fake.clock import ManualClock


class Cluster:
    """Tells what became of GitRepositories."""

    def __init__(self) -> None:
        self.tell: Listener

    def all(self) -> list[Manifest]:
        return []

    def subscribe(self, listener: Listener) -> None:
        self.tell = listener


def manifest(generation: int = 1, asked: str = "", status: str = "") -> Manifest:
    annotations = {REQUESTED_AT: asked} if asked else {}
    return {
        "metadata": {
            "name": "apps", "namespace": "flux-system", "generation": generation,
            "annotations": annotations,
        },
        "spec": {"url": "https://git.example/apps", "interval": "1m"},
        "status": {"lastHandledReconcileAt": status},
    }  # fmt: skip


def repository(source: Manifest, interval: str = "1m") -> GitRepository:
    meta = source["metadata"]
    return GitRepository.model_validate(
        {"metadata": meta, "spec": {"url": "https://git.example/apps", "interval": interval}}
    )


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def arrivals(cluster: Cluster) -> Arrivals:
    """At 0 s one GitRepository is seen, at 100 s it is looked at."""
    found = Arrivals(ManualClock())
    found.follow(cluster)
    cluster.tell(None, manifest())
    found.clock.advance(timedelta(seconds=100))
    return found


@pytest.mark.parametrize(
    ("interval", "since", "until"),
    [("1m", 90.0, 280.0), ("10s", 90.0, 180.0), ("3s", 97.0, 166.0)],
)
def test_what_others_were_told_in_the_last_seconds_will_do(arrivals, interval, since, until):
    found = arrivals.of(repository(manifest(), interval))

    assert found == Asker("flux-system/apps", since, until)


@pytest.mark.parametrize("wanted", [manifest(asked="now"), manifest(generation=2)])
def test_for_who_wants_a_look_what_was_asked_before_is_too_old(arrivals, cluster, wanted):
    cluster.tell(manifest(), wanted)
    arrivals.clock.advance(timedelta(seconds=2))

    assert arrivals.of(repository(wanted)) == Asker("flux-system/apps", 100.0, 282.0)


def test_a_write_of_the_status_changes_nothing(arrivals, cluster):
    cluster.tell(manifest(), manifest(status="written"))

    assert arrivals.of(repository(manifest())) == Asker("flux-system/apps", 90.0, 280.0)


@pytest.mark.parametrize("wanted", [manifest(asked="now"), manifest(generation=2)])
def test_what_was_not_seen_to_come_came_just_now(arrivals, wanted):
    assert arrivals.of(repository(wanted)).since == 100.0


def test_what_is_gone_is_forgotten(arrivals, cluster):
    cluster.tell(manifest(), None)

    assert arrivals.of(repository(manifest())).since == 100.0
