from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.keep import Keep
from tests.fake.clock import ManualClock


class Giver:
    """Gives a token of some life each time."""

    def __init__(self, clock: ManualClock, life: timedelta | None) -> None:
        self.clock = clock
        self.life = life
        self.given = 0

    async def __call__(self) -> BearerToken:
        await asyncio.sleep(0)
        self.given += 1
        return BearerToken(str(self.given), self.life and self.clock.now() + self.life)


@pytest.mark.parametrize(
    ("life", "kept"),
    [
        (timedelta(minutes=10), timedelta(minutes=8)),
        (timedelta(hours=12), timedelta(hours=1)),
        (None, timedelta(hours=1)),
        (timedelta(seconds=-5), timedelta(0)),
    ],
)
async def test_what_was_given_is_kept_for_most_of_its_life(life, kept) -> None:
    clock = ManualClock()
    keep: Keep[BearerToken] = Keep(clock)
    give = Giver(clock, life)
    await keep.of("a", give)

    clock.advance(max(kept - timedelta(seconds=1), timedelta(0)))
    await keep.of("a", give)
    before = give.given
    clock.advance(timedelta(seconds=1))
    await keep.of("a", give)

    assert (before, give.given) == ((1, 2) if kept else (2, 3))


async def test_who_asks_for_the_same_at_the_same_time_waits_for_one_answer() -> None:
    clock = ManualClock()
    keep: Keep[BearerToken] = Keep(clock)
    give = Giver(clock, None)

    given = await asyncio.gather(*(keep.of("a", give) for _ in range(5)), keep.of("b", give))

    assert len({one.text for one in given}) == 2
    assert give.given == 2


async def test_of_too_many_those_go_that_were_not_asked_for_the_longest() -> None:
    clock = ManualClock()
    keep: Keep[BearerToken] = Keep(clock, most=2)
    give = Giver(clock, None)
    for key in ("a", "b", "a", "c"):
        await keep.of(key, give)

    assert (len(keep), keep.evicted) == (2, 1)
    await keep.of("a", give)
    assert give.given == 3
    await keep.of("b", give)
    assert give.given == 4


async def test_a_refusal_is_not_kept() -> None:
    clock = ManualClock()
    keep: Keep[BearerToken] = Keep(clock)

    async def refuse() -> BearerToken:
        raise CloudError("no")

    with pytest.raises(CloudError):
        await keep.of("a", refuse)
    assert (len(keep), keep.served, keep.failed) == (0, 0, 1)

    assert (await keep.of("a", Giver(clock, None))).text == "1"


async def test_who_gives_up_leaves_no_one_waiting() -> None:
    clock = ManualClock()
    keep: Keep[BearerToken] = Keep(clock)
    silent = asyncio.Event()

    async def never() -> BearerToken:
        await silent.wait()
        raise CloudError("no")

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(keep.of("a", never))
        second = tasks.create_task(keep.of("a", Giver(clock, None)))
        await asyncio.sleep(0)
        first.cancel()

    assert second.result().text == "1"
