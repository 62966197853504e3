import asyncio
from datetime import timedelta

import pytest

from shared.cluster.lease import Tenure
from shared.runtime.leadership import (
    Leadership,
    LeadershipError,
    LeadershipLost,
    Times,
    lease_name,
    own_identity,
)
from tests.fake.lease import FakeLease, LoopClock

TIMES = Times(timedelta(seconds=35), timedelta(seconds=30), timedelta(seconds=5))


@pytest.fixture
def lease():
    return FakeLease()


def candidate(lease, identity="us", skew=None):
    return Leadership(lease, identity, TIMES, LoopClock(skew), chance=lambda: 0.0)


def now():
    return asyncio.get_running_loop().time()


async def lost_after(leadership):
    """Seconds until `keep` gives up, and why."""
    started = now()
    with pytest.raises(LeadershipLost) as caught:
        await leadership.keep()
    return now() - started, str(caught.value)


async def test_the_first_candidate_makes_the_lease_and_leads(lease):
    us = candidate(lease)

    await us.lead()

    assert lease.tenure == Tenure(
        "us", 35, "2026-01-01T12:00:00.000000Z", "2026-01-01T12:00:00.000000Z", 0
    )
    assert us.holds()


async def test_a_lease_that_nobody_holds_is_taken_at_once(lease):
    lease.put(Tenure("", 1, "x", "x", 4))

    await candidate(lease).lead()

    assert (lease.tenure.holder, lease.tenure.transitions, now()) == ("us", 5, 0)


async def test_the_second_one_waits_until_the_lease_has_not_moved_for_its_duration(lease):
    lease.put(Tenure("them", 20, "x", "x", 0))

    await candidate(lease).lead()

    assert now() == pytest.approx(20)


@pytest.mark.parametrize("skew", [timedelta(hours=1), timedelta(hours=-1)])
async def test_clocks_that_differ_make_no_difference(lease, skew):
    await candidate(lease, "them", skew).lead()

    await candidate(lease).lead()

    assert now() == pytest.approx(35)


async def test_a_leader_that_renews_is_not_replaced(lease):
    them, us = candidate(lease, "them"), candidate(lease)
    await them.lead()

    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(them.keep())
        waiting = tasks.create_task(us.lead())
        await asyncio.sleep(600)
        assert not waiting.done()
        keeping.cancel()

    assert now() == pytest.approx(600 + 35, abs=10)
    assert lease.tenure.holder == "us"


async def test_renewing_costs_one_request(lease):
    us = candidate(lease)
    await us.lead()
    reads = lease.reads

    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(us.keep())
        await asyncio.sleep(21)
        keeping.cancel()

    assert (lease.reads - reads, lease.writes) == (0, 1 + 4)
    assert lease.tenure.acquired != lease.tenure.renewed


async def test_a_leader_that_cannot_renew_stops_before_others_may_lead(lease):
    us = candidate(lease)
    await us.lead()
    lease.away = True

    seconds, why = await lost_after(us)

    assert seconds == pytest.approx(30)
    assert why == "Lease/flux-system/x could not be renewed in time"
    assert not us.holds()


async def test_a_server_that_hangs_does_not_keep_a_leader(lease):
    us = candidate(lease)
    await us.lead()
    lease.hanging = True

    seconds, _ = await lost_after(us)

    assert seconds == pytest.approx(30)


async def test_a_server_that_returns_in_time_keeps_the_leader(lease):
    us = candidate(lease)
    await us.lead()

    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(us.keep())
        lease.away = True
        await asyncio.sleep(24)
        lease.away = False
        await asyncio.sleep(60)
        assert not keeping.done()
        keeping.cancel()


async def test_a_leader_that_reads_another_name_stops_at_once(lease):
    us = candidate(lease)
    await us.lead()
    lease.put(Tenure("them", 35, "x", "x", 1))

    seconds, why = await lost_after(us)

    assert seconds == pytest.approx(5)
    assert why == "Lease/flux-system/x is held by them now"


async def test_a_lease_that_was_deleted_is_made_again(lease):
    us = candidate(lease)
    await us.lead()

    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(us.keep())
        lease.put(None)
        await asyncio.sleep(6)
        keeping.cancel()

    assert lease.tenure.holder == "us"


async def test_a_leader_that_was_frozen_holds_nothing_and_asks_nobody(lease):
    clock = LoopClock()
    us = Leadership(lease, "us", TIMES, clock)
    await us.lead()
    lease.away = True  # whoever asks would find out; a frozen process does not

    await asyncio.sleep(31)

    assert not us.holds()


async def test_released_is_free_for_the_next(lease):
    us = candidate(lease)
    await us.lead()

    await us.release()
    await candidate(lease, "them").lead()

    assert (lease.tenure.holder, now()) == ("them", 0)
    assert not us.holds()


async def test_who_does_not_hold_it_releases_nothing(lease):
    lease.put(Tenure("them", 35, "x", "x", 0))

    await candidate(lease).release()

    assert lease.tenure.holder == "them"


async def test_a_release_that_fails_is_not_waited_for(lease):
    us = candidate(lease)
    await us.lead()
    lease.hanging = True

    await us.release()

    assert now() == pytest.approx(5)


async def test_two_that_start_together_are_one_leader(lease):
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(candidate(lease, "a").lead())
        second = tasks.create_task(candidate(lease, "b").lead())
        await asyncio.sleep(1)
        assert not second.done()


@pytest.mark.parametrize(("duration", "deadline", "retry"), [(30, 30, 5), (35, 5, 5), (1, 2, 3)])
def test_times_that_let_two_lead_are_refused(duration, deadline, retry):
    seconds = [timedelta(seconds=value) for value in (duration, deadline, retry)]

    with pytest.raises(LeadershipError, match="the lease duration must be longer"):
        Times(*seconds)


def test_each_shard_has_its_own_lease():
    assert lease_name("source-controller") == "source-controller-leader-election"
    assert lease_name("source-controller", "a=b") == "source-controller-leader-election-42144f39"


def test_no_two_processes_have_one_name():
    assert own_identity() != own_identity()
