"""What is written to an object while an attempt runs, and when."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from shared.api.kustomization import Kustomization, KustomizationStatus
from shared.api.parsing import parse
from shared.reconcile.attempt import Attempt
from shared.runtime.journal import ObjectJournal
from shared.runtime.record import Record
from tests.fake.register import FakeRegister

APPS = {
    "metadata": {"name": "apps", "namespace": "flux-system", "generation": 1},
    "spec": {
        "interval": "10m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    },
}


class LoopClock:
    """The time of the (virtual) loop."""

    def now(self):
        return datetime.fromtimestamp(self.monotonic(), UTC)

    def monotonic(self):
        return asyncio.get_running_loop().time()

    async def sleep(self, duration):
        await asyncio.sleep(duration.total_seconds())


@asynccontextmanager
async def under_way():
    """An attempt whose progress is reported, and what is written of it."""
    register = FakeRegister(APPS)
    ks = parse(Kustomization, APPS)
    journal = ObjectJournal(Record(register, APPS), ks, (), LoopClock())
    attempt = Attempt(KustomizationStatus(), journal)
    async with asyncio.TaskGroup() as tasks:
        reporter = tasks.create_task(journal.report(attempt))
        yield attempt, register
        reporter.cancel()


def told(register):
    """What the writes said was going on."""
    return [
        condition["message"]
        for status in register.writes
        for condition in status["conditions"]
        if condition["type"] == "Reconciling"
    ]


async def lasts(attempt, what, seconds):
    async with attempt.stage(what, "Failed"):
        await asyncio.sleep(seconds)


async def test_a_stage_that_is_over_within_a_second_is_not_written_down():
    async with under_way() as (attempt, register):
        await lasts(attempt, "Fetching", 0.9)
        await lasts(attempt, "Building", 0.9)

    assert register.writes == []


async def test_each_further_note_needs_ten_times_the_patience():
    async with under_way() as (attempt, register):
        await lasts(attempt, "Fetching", 2)
        await lasts(attempt, "Building", 9)
        await lasts(attempt, "Applying", 25)

    assert told(register) == ["Fetching", "Applying"]


async def test_what_a_story_persists_makes_nobody_more_patient():
    async with under_way() as (attempt, register):
        await attempt.persist(KustomizationStatus(last_attempted_revision="one"))
        await lasts(attempt, "Checking health", 2)

    assert told(register)[-1] == "Checking health"


async def test_what_was_persisted_in_a_stage_is_all_that_is_said_of_it():
    async with under_way() as (attempt, register), attempt.stage("Applying", "Failed"):
        await attempt.persist(KustomizationStatus(last_attempted_revision="one"))
        await asyncio.sleep(30)

    assert told(register) == ["Applying"]
