"""What the server is told for everything that says nothing of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from apiserver.fate import FAILED, PENDING, Fate, FateError, fate_for_all
from tests.apiserver.simulation.conftest import World, workload


@pytest.fixture
async def slow() -> AsyncIterator[World]:
    """Everything takes a minute."""
    made = World(Fate(delay=60))
    yield made
    made.control.stop()


async def test_everything_takes_as_long_as_the_server_was_told(slow: World):
    slow.create("Deployment", workload())

    taken = await slow.until(lambda: slow.status("Deployment").get("availableReplicas"))

    assert 60 <= taken < 62


async def test_an_object_may_be_an_exception(slow: World):
    slow.create("Deployment", workload(), word="ready")

    taken = await slow.until(lambda: slow.status("Deployment").get("availableReplicas"))

    assert taken < 2


@pytest.mark.parametrize(
    ("word", "fate"),
    [("ready", Fate()), ("pending", PENDING), ("failed", FAILED), ("none", None)],
)
def test_a_word_for_all_is_a_fate_or_none(word: str, fate: Fate | None):
    assert fate_for_all(word) == fate


def test_a_word_that_means_nothing_is_refused():
    with pytest.raises(FateError, match='"often" is none of ready, pending, failed, slow=10s, no'):
        fate_for_all("often")
