"""CronJobs fire as the days go by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.apiserver.simulation.conftest import World

DAY = 24 * 3600


def schedule(when: str, job: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
    whole = {"template": {"spec": pod}, **(job or {})}
    return {"schedule": when, "jobTemplate": {"spec": whole}, **spec}


def times(world: World) -> list[str]:
    key = "batch.kubernetes.io/cronjob-scheduled-timestamp"
    return sorted(each["metadata"]["annotations"][key] for each in world.all("Job"))


@pytest.mark.parametrize(
    ("when", "zone", "expected"),
    [
        ("30 2 * * *", None, "2026-03-02T02:30:00+00:00"),
        ("30 2 * * *", "Asia/Tokyo", "2026-03-02T02:30:00+09:00"),
        ("0 9 * * mon-fri", "America/New_York", "2026-03-02T09:00:00-05:00"),
        ("@daily", None, "2026-03-02T00:00:00+00:00"),
    ],
)
async def test_a_job_starts_when_its_time_has_come_where_it_lives(
    world: World, when: str, zone: str | None, expected: str
):
    world.create("CronJob", schedule(when, **({"timeZone": zone} if zone else {})))

    await world.after(DAY + 3 * 3600)

    assert times(world) == [expected]
    last = datetime.fromisoformat(world.status("CronJob")["lastScheduleTime"])
    assert last == datetime.fromisoformat(expected)
    assert world.status("CronJob")["lastSuccessfulTime"]


async def test_one_night_a_year_has_no_such_hour(world: World):
    """The clocks of Berlin go from 2 to 3 on the 29th of March."""
    world.create("CronJob", schedule("30 2 * * *", timeZone="Europe/Berlin",
        successfulJobsHistoryLimit=100))  # fmt: skip

    await world.after(31 * DAY)

    assert 30 <= len(times(world)) <= 31


async def test_few_of_the_runs_that_are_over_are_kept_of_either_end(world: World):
    world.create("CronJob", schedule("* * * * *", successfulJobsHistoryLimit=2))
    world.create(
        "CronJob",
        schedule("* * * * *", {"backoffLimit": 0}, failedJobsHistoryLimit=1),
        name="bad",
        word="failed",
    )

    await world.after(601)

    kept = [each["metadata"]["name"].rpartition("-")[0] for each in world.all("Job")]
    assert kept.count("web") == 2
    assert len(world.names("Pod")) <= len(kept) + 1


@pytest.mark.parametrize(("policy", "active"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
async def test_a_run_meets_those_before_it(world: World, policy: str, active: int):
    spec = schedule("* * * * *", concurrencyPolicy=policy)
    spec["jobTemplate"]["metadata"] = {
        "annotations": {"apiserver.penstock.dev/simulate": "slow=10m"}
    }
    world.create("CronJob", spec)

    await world.after(3 * 60 + 5)

    assert len(world.status("CronJob")["active"]) == active


async def test_a_run_that_had_to_wait_starts_when_the_one_before_it_is_over(world: World):
    spec = schedule("* * * * *", concurrencyPolicy="Forbid", successfulJobsHistoryLimit=10)
    spec["jobTemplate"]["metadata"] = {
        "annotations": {"apiserver.penstock.dev/simulate": "slow=90s"}
    }
    world.create("CronJob", spec)

    await world.after(60 + 95)

    # The second run was due at two minutes, and the first was over at two and a half.
    assert len(times(world)) == 2


async def test_a_run_that_is_too_late_is_left_out(world: World):
    spec = schedule("0 * * * *", suspend=True, startingDeadlineSeconds=120)
    world.create("CronJob", spec)
    await world.after(3600 + 300)

    world.change("CronJob", suspend=False)
    await world.after(60)
    late = times(world)
    await world.after(3600)

    assert late == []
    assert len(times(world)) == 1


async def test_what_belongs_to_a_schedule_goes_with_it(world: World):
    world.create("CronJob", schedule("* * * * *"))
    await world.after(200)

    world.delete("CronJob")
    await world.after(10)

    assert world.names("Job") == []
    assert world.names("Pod") == []
