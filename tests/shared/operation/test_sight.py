"""What is news of an object that somebody waits for."""

from __future__ import annotations

import pytest

from shared.manifest.identity import Manifest, Ref
from shared.operation.sight import Sight

REF = Ref("apps", "Deployment", "prod", "web")


def at(version: str) -> Manifest:
    """The object at a resource version."""
    return {"metadata": {"name": "web", "resourceVersion": version}}


class Shown:
    """A watch that has shown one object."""

    def __init__(self) -> None:
        self.live: Manifest | None = None
        self.blind = False

    def outline(self, ref: Ref) -> Manifest | None:
        return self.live if ref == REF else None

    def covers(self, ref: Ref, live: Manifest | None) -> bool:
        return live is not None and not self.blind


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def sight(shown: Shown) -> Sight:
    return Sight(shown)


def test_at_first_every_object_is_due_once(sight: Sight) -> None:
    with sight.on([REF]) as news:
        assert news.taken() == [REF]
        assert news.taken() == []


@pytest.mark.parametrize(
    ("seen", "told", "is_news"),
    [
        ("5", "5", False),  # what our own apply did
        ("5", "4", False),  # the watch is behind
        ("5", "6", True),
        ("x5", "x4", True),  # versions that nobody can put in order
        ("5", "", True),  # it is gone, or is no longer shown
    ],
)
def test_a_change_is_news_unless_it_was_seen(
    shown: Shown, sight: Sight, seen: str, told: str, is_news: bool
) -> None:
    with sight.on([REF]) as news:
        news.seen(REF, at(seen))
        news.taken()
        shown.live = at(told) if told else None
        sight.tell(REF)

        assert news.moved.is_set()
        assert news.taken() == ([REF] if is_news else [])
        assert not news.moved.is_set()


def test_each_who_waits_is_told_until_it_waits_no_more(sight: Sight) -> None:
    with sight.on([REF]) as first, sight.on([REF]) as second:
        first.taken(), second.taken()
        sight.tell(REF)
        assert (first.taken(), second.taken()) == ([REF], [REF])

    sight.tell(REF)

    assert not first.moved.is_set()


def test_what_the_watch_does_not_show_is_lost(shown: Shown, sight: Sight) -> None:
    with sight.on([REF]) as news:
        assert not news.lost()

        news.seen(REF, at("5"))
        assert not news.lost(absent=True)

        shown.blind = True
        assert news.lost()


def test_what_is_gone_is_lost_only_where_somebody_else_may_have_made_it(sight: Sight) -> None:
    with sight.on([REF]) as news:
        news.seen(REF, None)

        assert not news.lost()
        assert news.lost(absent=True)
