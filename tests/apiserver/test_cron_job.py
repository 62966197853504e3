"""CronJobs start Jobs as time goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apiserver.cluster import Cluster
from apiserver.namespace import first_namespaces
from apiserver.simulation.cron_job import JOBS, CronJobs
from apiserver.simulation.office import Office
from apiserver.storage import Record

KEY = ("default", "tick")
HALF_PAST = "2026-03-01T12:30:00Z"


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)

    def now(self) -> datetime:
        """The time on it."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let the time go by."""
        self.time += timedelta(seconds=seconds)


class World:
    """A cluster with nothing but the controller of CronJobs."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.cluster = Cluster(clock=self.watch)
        first_namespaces(self.cluster)
        self.controller = CronJobs(self.cluster)
        self.schedules = Office(self.cluster, "batch", "CronJob")

    def create(self, **spec: Any) -> None:
        """A CronJob of every minute."""
        pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
        job = {"spec": {"template": {"spec": pod}}}
        metadata = {"name": "tick", "namespace": "default"}
        whole = {"schedule": "* * * * *", "jobTemplate": job, **spec}
        self.schedules.create({"metadata": metadata, "spec": whole})

    def after(self, minutes: int) -> float | None:
        """Look again after some minutes."""
        self.watch.time += timedelta(minutes=minutes)
        return self.controller.reconcile(KEY)

    def jobs(self) -> list[Record]:
        """The Jobs of now."""
        return self.cluster.storage.shelf(JOBS).in_order("default")

    def finish(self) -> None:
        """All Jobs have come to a good end."""
        office = Office(self.cluster, "batch", "Job")
        for each in self.jobs():
            done = {"type": "Complete", "status": "True"}
            office.set_status(
                each, {"conditions": [done], "completionTime": "2026-03-01T12:30:00Z"}
            )

    def status(self) -> dict[str, Any]:
        """What is told of the CronJob."""
        found = self.schedules.find(KEY)
        assert found is not None
        status = found.object["status"]
        assert isinstance(status, dict)
        return status


@pytest.fixture
def world() -> World:
    """Nothing has happened yet."""
    return World()


def test_nothing_starts_before_it_is_due_and_the_next_look_is_when_it_is(world: World):
    world.create()

    assert world.after(0) == 30.0
    assert world.jobs() == []


def test_a_run_that_is_due_is_a_job_named_by_its_minute(world: World):
    world.create()

    world.after(1)

    minute = int(datetime(2026, 3, 1, 12, 1, tzinfo=UTC).timestamp()) // 60
    assert [each.key[1] for each in world.jobs()] == [f"tick-{minute}"]
    assert world.status()["lastScheduleTime"] == "2026-03-01T12:01:00Z"
    assert [each["name"] for each in world.status()["active"]] == [f"tick-{minute}"]


def test_runs_that_were_missed_are_one(world: World):
    world.create()

    world.after(10)

    assert len(world.jobs()) == 1
    assert world.status()["lastScheduleTime"] == "2026-03-01T12:10:00Z"


@pytest.mark.parametrize(("policy", "count"), [("Allow", 2), ("Forbid", 1), ("Replace", 1)])
def test_a_run_meets_the_one_before_it(world: World, policy: str, count: int):
    world.create(concurrencyPolicy=policy)

    world.after(1)
    world.after(1)

    assert len(world.jobs()) == count


def test_a_schedule_that_is_suspended_starts_nothing(world: World):
    world.create(suspend=True)

    assert world.after(5) is None
    assert world.jobs() == []


def test_few_of_the_runs_that_are_over_are_kept(world: World):
    world.create(successfulJobsHistoryLimit=2)

    for _ in range(5):
        world.after(1)
        world.finish()
    world.after(0)

    assert len(world.jobs()) == 2
    assert "active" not in world.status()
    assert world.status()["lastSuccessfulTime"] == "2026-03-01T12:30:00Z"
