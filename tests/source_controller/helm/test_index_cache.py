from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from source_controller.helm.index import ChartVersion
from source_controller.helm.index_cache import IndexCache
from source_controller.helm_wiring import figures
from tests.fake.clock import ManualClock

WEB = (ChartVersion("web", "1.0.0"),)


def cache(most: int = 2, **more) -> IndexCache:
    return IndexCache(ManualClock(), most, timedelta(minutes=1), **more)


def test_what_was_looked_up_is_known_and_what_was_not_is_not():
    known = cache()
    known.put("a", "web", WEB)
    known.put("a", "nobody", None)

    assert known.find("a") == {"web": WEB, "nobody": None}
    assert known.find("b") is None


def test_without_room_nothing_is_kept_or_counted():
    known = cache(most=0)
    known.put("a", "web", WEB)
    known.note("charts", "apps", hit=False)

    assert (known.find("a"), len(known), known.events) == (None, 0, {})


def test_the_index_that_was_asked_for_the_longest_ago_makes_way():
    known = cache()
    for path in ("a", "b"):
        known.put(path, "web", WEB)
    known.find("a")
    known.put("c", "web", WEB)

    assert [known.find(path) is not None for path in ("a", "b", "c")] == [True, False, True]
    assert known.evictions == 1


async def test_an_index_that_nobody_asks_for_is_forgotten():
    known = cache()
    known.put("a", "web", WEB)
    await known.clock.sleep(timedelta(seconds=50))
    assert known.find("a")
    await known.clock.sleep(timedelta(seconds=50))
    assert known.find("a")
    await known.clock.sleep(timedelta(seconds=60))
    assert known.find("a") is None


async def test_what_is_too_old_is_let_go_of_now_and_then():
    class Patience(ManualClock):
        async def sleep(self, duration):
            if self.monotonic() > 100:
                raise asyncio.CancelledError
            await super().sleep(duration)

    known = IndexCache(Patience(), 2, timedelta(seconds=30), timedelta(seconds=40))
    known.put("a", "web", WEB)

    with pytest.raises(asyncio.CancelledError):
        await known.run()

    assert (len(known), known.evictions) == (0, 1)


def test_its_figures_are_flux_s():
    known = cache()
    known.put("a", "web", WEB)
    known.note("charts", "apps", hit=True)
    shown = {figure.name: dict(figure.read()) for figure in figures(known)}

    assert shown == {
        "gotk_cache_events": {("cache_hit", "charts", "apps"): 1},
        "gotk_cached_items": {"": 1},
        "gotk_cache_requests": {"success": 2},
        "gotk_cache_evictions": {"": 0},
    }
    known.forget("charts", "apps")
    assert known.events == {}
