import asyncio
from datetime import timedelta

import pytest

from shared.reconcile.key import Key
from shared.runtime.queue import Queue

APPS, INFRA = Key("flux-system", "apps"), Key("flux-system", "infra")


def now():
    return asyncio.get_running_loop().time()


async def test_keys_come_out_in_the_order_in_which_they_became_due():
    queue = Queue()
    queue.add(INFRA)
    queue.add(APPS)

    assert [await queue.take(), await queue.take()] == [INFRA, APPS]


async def test_a_key_added_twice_comes_out_once():
    queue = Queue()
    queue.add(APPS)
    queue.add(APPS)

    await queue.take()

    assert len(queue) == 0


async def test_a_key_added_while_it_is_worked_on_comes_up_again_afterwards():
    queue = Queue()
    queue.add(APPS)
    key = await queue.take()

    queue.add(APPS)
    assert len(queue) == 0
    assert queue.wanted_again(APPS)
    queue.done(key)

    assert await queue.take() == APPS


async def test_a_scheduled_key_comes_up_at_its_time():
    queue = Queue()
    queue.add_after(APPS, timedelta(minutes=10))

    assert await queue.take() == APPS
    assert now() == pytest.approx(600)


async def test_an_earlier_time_replaces_a_later_one_and_not_the_other_way_round():
    queue = Queue()
    queue.add_after(APPS, timedelta(minutes=10))
    queue.add_after(APPS, timedelta(minutes=1))
    queue.add_after(APPS, timedelta(minutes=5))

    await queue.take()

    assert now() == pytest.approx(60)
    assert list(queue.scheduled()) == []


async def test_an_immediate_wish_takes_the_place_of_a_scheduled_one():
    queue = Queue()
    queue.add_after(APPS, timedelta(minutes=10))
    queue.add(APPS)

    queue.done(await queue.take())

    assert list(queue.scheduled()) == []


async def test_a_forgotten_key_does_not_come_up():
    queue = Queue()
    queue.add_after(APPS, timedelta(minutes=1))
    queue.forget(APPS)

    assert list(queue.scheduled()) == []


async def test_a_nudged_key_comes_up_and_keeps_its_time():
    queue = Queue()
    queue.add_after(APPS, timedelta(minutes=10))
    queue.nudge(APPS)

    assert await queue.take() == APPS
    assert queue.is_nudged(APPS)
    queue.add_after(APPS, timedelta(minutes=20))
    queue.done(APPS)

    assert await queue.take() == APPS
    assert not queue.is_nudged(APPS)
    assert now() == pytest.approx(600)


@pytest.mark.parametrize("first", ["add", "nudge"])
async def test_a_key_that_is_nudged_and_added_was_added(first: str):
    queue = Queue()
    getattr(queue, first)(APPS)
    queue.nudge(APPS)
    queue.add(APPS)

    await queue.take()

    assert not queue.is_nudged(APPS)
    assert len(queue) == 0


async def test_a_key_nudged_while_it_is_worked_on_comes_up_afterwards():
    queue = Queue()
    queue.add(APPS)
    await queue.take()

    queue.nudge(APPS)
    assert not queue.wanted_again(APPS)
    queue.done(APPS)

    await queue.take()
    assert queue.is_nudged(APPS)


async def test_a_nudge_that_comes_up_does_not_keep_the_next_time_from_being_set():
    queue = Queue()
    queue.add(APPS)
    await queue.take()
    queue.nudge(APPS)
    queue.add_after(APPS, timedelta(minutes=10))
    queue.done(APPS)

    await queue.take()
    queue.done(APPS)
    await queue.take()

    assert now() == pytest.approx(600)


async def test_of_two_late_nudges_the_earlier_counts():
    queue = Queue()
    queue.nudge(APPS, timedelta(minutes=2))
    queue.nudge(APPS, timedelta(minutes=1))
    queue.nudge(APPS, timedelta(minutes=3))

    await queue.take()

    assert queue.is_nudged(APPS)
    assert now() == pytest.approx(60)
