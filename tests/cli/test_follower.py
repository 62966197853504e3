from datetime import timedelta

import pytest
from rich.console import Console

from cli.follower import Follower
from cli.show import Show
from tests.cli.test_verdict import apps, condition

MINUTE = timedelta(minutes=1)
READY, FAILED = condition("Ready", "True"), condition("Ready", "False")


@pytest.fixture
def show():
    console = Console(width=200, highlight=False, record=True, quiet=False)
    return Show(console, console.status("waiting"))


async def test_all_ready_is_settled(show):
    follower = Follower(show)
    follower.see(None, apps(READY))

    assert await follower.settled(MINUTE)
    assert "Kustomization/flux-system/apps  message" in show.console.export_text()


async def test_each_news_is_told_once(show):
    follower = Follower(show)
    follower.see(None, apps(READY))
    follower.see(apps(READY), apps(READY))

    assert show.console.export_text().count("apps") == 1


async def test_what_has_failed_and_does_not_move_is_given_up(show):
    follower = Follower(show)
    follower.see(None, apps(FAILED))

    assert not await follower.settled(MINUTE)
    assert [one.state for one in follower.unready()] == ["failed"]


async def test_what_goes_on_too_long_is_given_up(show):
    assert not await Follower(show).settled(MINUTE)


async def test_what_is_gone_is_not_waited_for(show):
    follower = Follower(show)
    follower.see(None, apps(FAILED))
    other = apps(READY)
    other["metadata"]["name"] = "other"
    follower.see(None, other)
    follower.see(apps(FAILED), None)

    assert await follower.settled(MINUTE)
