import asyncio
from datetime import timedelta

import pytest

from shared.runtime.queue import Key, Queue

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
