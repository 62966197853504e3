import asyncio
from contextlib import asynccontextmanager

import pytest

from shared.cluster.access import Access
from shared.cluster.remote import Remotes
from shared.cluster.remote_access import RemoteAccess
from shared.cluster.throttle import Throttle


class Kept:
    """What is kept for a cluster: knows whether it runs."""

    def __init__(self, client):
        self.client = client
        self.runs = False

    async def run(self):
        self.runs = True
        try:
            await asyncio.Event().wait()
        finally:
            self.runs = False


@asynccontextmanager
async def running(clock, most=8):
    remotes = Remotes(clock, Kept, lambda: Throttle(clock, 0), most)
    task = asyncio.create_task(remotes.run())
    try:
        yield remotes
    finally:
        task.cancel()
        await asyncio.wait([task])


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


def way(name):
    return RemoteAccess(name, Access(f"https://{name}"))


async def used(remotes, name, holder):
    async with remotes.using(way(name), holder) as kept:
        await settled()
        return kept


async def test_the_same_content_is_one_connection(clock):
    async with running(clock) as remotes:
        first = await used(remotes, "a", "one")
        second = await used(remotes, "a", "two")

        assert first is second
        assert first.runs
        assert len(remotes) == 1


async def test_other_content_is_another_connection_and_the_old_one_ends(clock):
    async with running(clock) as remotes:
        old = await used(remotes, "a", "one")
        new = await used(remotes, "b", "one")
        await settled()

        assert (old.runs, new.runs, len(remotes)) == (False, True, 1)


async def test_it_stays_between_uses_until_its_holder_lets_go(clock):
    async with running(clock) as remotes:
        kept = await used(remotes, "a", "one")
        await settled()
        stays = kept.runs

        remotes.release("one")
        await settled()

        assert (stays, kept.runs, len(remotes)) == (True, False, 0)


async def test_it_stays_while_another_holds_it(clock):
    async with running(clock) as remotes:
        kept = await used(remotes, "a", "one")
        await used(remotes, "a", "two")

        remotes.release("one")
        await settled()

        assert kept.runs


async def test_it_stays_while_it_is_in_use(clock):
    async with running(clock) as remotes:
        async with remotes.using(way("a"), "one") as kept:
            remotes.release("one")
            await settled()
            in_use = kept.runs
        await settled()

        assert (in_use, kept.runs) == (True, False)


async def test_of_too_many_the_one_that_was_not_used_the_longest_goes(clock):
    async with running(clock, most=2) as remotes:
        kept = {name: await used(remotes, name, name) for name in "ab"}
        await used(remotes, "a", "a")
        kept["c"] = await used(remotes, "c", "c")
        await settled()

        assert {name: one.runs for name, one in kept.items()} == {"a": True, "b": False, "c": True}


async def test_one_that_went_for_want_of_room_comes_back_when_it_is_needed(clock):
    async with running(clock, most=1) as remotes:
        first = await used(remotes, "a", "a")
        await used(remotes, "b", "b")
        again = await used(remotes, "a", "a")

        assert again is not first
        assert again.runs


async def test_all_end_with_the_process(clock):
    async with running(clock) as remotes:
        kept = await used(remotes, "a", "one")

    assert not kept.runs


async def test_who_holds_nothing_may_let_go(clock):
    Remotes(clock, Kept, lambda: Throttle(clock, 0)).release("nobody")


async def test_a_failure_of_the_user_ends_the_use(clock):
    async with running(clock) as remotes:
        with pytest.raises(ValueError, match="of mine"):
            async with remotes.using(way("a"), "one"):
                raise ValueError("of mine")
        remotes.release("one")
        await settled()

        assert len(remotes) == 0
