import pytest

from shared.cluster.throttle import Throttle


async def turns(throttle, number):
    for _ in range(number):
        await throttle.turn()


async def test_a_burst_passes_at_once_and_the_rest_at_the_rate(clock):
    throttle = Throttle(clock, qps=10, burst=5)

    await turns(throttle, 5)
    assert clock.monotonic() == 0

    await turns(throttle, 10)
    assert clock.monotonic() == pytest.approx(1)


async def test_a_server_that_looks_after_itself_is_not_held_back_from(clock):
    throttle = Throttle(clock, qps=1, burst=1)
    throttle.lift()

    await turns(throttle, 100)

    assert clock.monotonic() == 0
