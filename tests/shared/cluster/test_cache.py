import asyncio
from contextlib import asynccontextmanager

import pytest

from shared.cluster.cache import Cache
from shared.cluster.error import Unreachable
from shared.manifest.identity import Kind
from tests.fake.api_server import DROP, V1, Says, lines, status
from tests.fake.patience import eventually

POD = Kind("", "v1", "Pod")
PODS = "/api/v1/pods"
EXPIRED = status(410, "Expired", "too old resource version")


def pod(name, version, uid="1"):
    return {"metadata": {"name": name, "namespace": "apps", "uid": uid, "resourceVersion": version}}


def listing(*items, version="9"):
    return Says(body={"metadata": {"resourceVersion": version}, "items": list(items)})


def bookmark(version):
    return "BOOKMARK", {"metadata": {"resourceVersion": version}}


@pytest.fixture
def cache(client, clock):
    return Cache(client, POD, clock=clock, chance=lambda: 0.5)


@asynccontextmanager
async def running(*runnables):
    async with asyncio.TaskGroup() as tasks:
        under_way = [tasks.create_task(runnable.run()) for runnable in runnables]
        yield
        for task in under_way:
            task.cancel()


def names(cache):
    return sorted(item["metadata"]["name"] for item in cache.all())


async def test_what_is_listed_and_what_is_watched_is_there(server, cache):
    server.on(f"GET {PODS}", listing(pod("a", "5")))
    server.on(f"WATCH {PODS}", lines(("ADDED", pod("b", "10")), ("DELETED", pod("a", "11"))))

    async with running(cache):
        await cache.synced()
        await eventually(lambda: names(cache) == ["b"])

    assert cache.find("apps", "b")["kind"] == "Pod"
    assert server.asked(f"WATCH {PODS}")[0].query["resourceVersion"] == "9"


async def test_nothing_is_synced_before_the_list_has_come(server, cache):
    server.on(f"GET {PODS}", Says(hold=True))

    async with running(cache):
        await server.heard(f"GET {PODS}")

        assert not cache.is_synced()


@pytest.mark.parametrize(
    "end", [lines(bookmark("12"), hold=False), lines(bookmark("12"), hold=False, cut=True)]
)
async def test_a_watch_that_ends_is_taken_up_where_it_ended(server, cache, end):
    server.on(f"GET {PODS}", listing())
    server.on(f"WATCH {PODS}", end, lines(("ADDED", pod("a", "13"))))

    async with running(cache):
        await eventually(lambda: names(cache) == ["a"])

    assert [asked.query["resourceVersion"] for asked in server.asked(f"WATCH {PODS}")] == [
        "9",
        "12",
    ]
    assert len(server.asked(f"GET {PODS}")) == 1


@pytest.mark.parametrize("gone", [EXPIRED, lines(("ERROR", EXPIRED.body), hold=False)])
async def test_what_went_while_the_watch_was_blind_is_seen_after_410(server, cache, gone):
    told = []
    cache.subscribe(lambda old, new: told.append((old and old["metadata"]["name"], new)))
    server.on(f"GET {PODS}", listing(pod("a", "5")), listing(version="20"))
    server.on(f"WATCH {PODS}", gone, lines())

    async with running(cache):
        await eventually(lambda: ("a", None) in told)

    assert cache.all() == []


async def test_a_server_that_was_away_is_listed_anew_when_it_returns(server, cache):
    server.on(f"GET {PODS}", listing(pod("a", "5")), listing(pod("b", "3"), version="4"))
    server.on(f"WATCH {PODS}", lines())

    async with running(cache):
        await eventually(cache.is_synced)
        await server.stop()
        await eventually(lambda: not cache.is_synced())
        assert names(cache) == ["a"]
        await server.start()
        await eventually(cache.is_synced)

    assert names(cache) == ["b"]


async def test_a_server_that_has_gone_back_in_time_is_listed_anew(server, cache):
    server.on(f"GET {PODS}", listing(pod("a", "5")), listing(version="4"))
    server.on(f"WATCH {PODS}", lines(bookmark("4")), lines())

    async with running(cache):
        await server.heard(f"GET {PODS}", times=2)
        await eventually(lambda: cache.all() == [])


async def test_a_server_with_too_much_to_do_is_not_asked_for_a_list(server, cache):
    server.on(f"GET {PODS}", listing())
    server.on(f"WATCH {PODS}", Says(429, b""), lines())

    async with running(cache):
        await server.heard(f"WATCH {PODS}", times=2)
        await eventually(cache.is_synced)

    assert len(server.asked(f"GET {PODS}")) == 1


async def test_the_pauses_grow_while_nothing_works_and_stay_bounded(server, cache, clock):
    server.on(f"GET {PODS}", status(403, "Forbidden", "no"))

    async with running(cache):
        await server.heard(f"GET {PODS}", times=12)

    # 0.2 + 0.4 + ... doubles up to 30 s: eleven pauses.
    assert clock.monotonic() == pytest.approx(0.2 * (2**8 - 1) + 3 * 30, abs=31)


async def test_a_watch_that_ends_at_once_is_not_begun_again_in_a_hurry(server, cache, clock):
    server.on(f"GET {PODS}", listing())
    server.on(f"WATCH {PODS}", lines(hold=False))

    async with running(cache):
        await server.heard(f"WATCH {PODS}", times=5)

    assert clock.monotonic() > 2


async def test_garbage_in_a_watch_loses_nothing(server, cache):
    server.on(f"GET {PODS}", listing())
    broken = Says(body=b'{"type":"ADDED","object":{"metadata":{"na', cut=True)
    server.on(
        f"WATCH {PODS}", broken, DROP, Says(body=b"<html>\n"), lines(("ADDED", pod("a", "10")))
    )

    async with running(cache):
        await eventually(lambda: names(cache) == ["a"])


async def test_on_request_a_list_brings_the_cache_level(server, cache):
    server.on(f"GET {PODS}", listing(pod("a", "5")), listing(pod("b", "12"), version="12"))
    server.on(f"WATCH {PODS}", lines())

    async with running(cache):
        await eventually(cache.is_synced)
        await cache.level()

    assert names(cache) == ["b"]


async def test_a_list_that_is_older_than_the_watch_changes_nothing(server, cache):
    server.on(f"GET {PODS}", listing(pod("a", "5")))
    server.on(f"WATCH {PODS}", lines(("DELETED", pod("a", "10"))))

    async with running(cache):
        await cache.synced()
        await eventually(lambda: cache.all() == [])
        await cache.level()

    assert cache.all() == []


async def test_a_list_on_request_that_fails_says_so(server, cache):
    server.on(f"GET {PODS}", DROP)

    with pytest.raises(Unreachable):
        await cache.level()


NOBODY = Says(body={"resources": []})
"""What there is without the kind."""


async def test_nobody_waits_for_a_kind_that_the_server_does_not_serve(server, cache):
    server.on("GET /api/v1", NOBODY)

    async with running(cache):
        await cache.answered()

        assert (cache.missing, cache.is_synced(), cache.all()) == (True, False, [])


async def test_a_missing_kind_is_watched_once_it_is_served(server, cache):
    server.on("GET /api/v1", NOBODY, Says(body=V1))
    server.on(f"GET {PODS}", listing(pod("a", "5")))
    server.on(f"WATCH {PODS}", lines())

    async with running(cache):
        await cache.answered()
        await eventually(cache.is_synced)

    assert (cache.missing, names(cache)) == (False, ["a"])


async def test_a_server_that_says_nothing_of_a_kind_is_still_waited_for(server, cache):
    server.on("GET /api/v1", status(503, "ServiceUnavailable", "starting"))

    async with running(cache):
        waiting = asyncio.ensure_future(cache.answered())
        await server.heard("GET /api/v1", times=3)

        assert (waiting.done(), cache.missing) == (False, False)
        waiting.cancel()
