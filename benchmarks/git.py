"""Scenario: a Git repository of a thousand files: fetched first, fetched again, looked at."""

from __future__ import annotations

from functools import partial

from benchmarks.delivery import Delivery, offers
from benchmarks.scenario import Scenario
from benchmarks.turn import Promise, Turn, beside_flux
from shared.manifest.identity import section

FILES = 1_000
_KILO = 1e3
_PROMISES = {f"next commit: {what}": Promise(most=0.2) for what in ("seconds", "bytes")}


def files(word: str) -> dict[str, str]:
    """A thousand files of a kilobyte; the first of them ends in a word."""
    many = {
        f"directory-{number % 40:02}/file-{number:04}.yaml": f"# {number}\n"
        + f"{number:05}\n" * 160
        for number in range(FILES)
    }
    return many | {"directory-00/file-0000.yaml": word}


async def _story(turn: Turn) -> None:
    await turn.calm()
    commit = turn.repository.commit(files("one"))
    before = _sent(turn)
    async with turn.step("first fetch") as step:
        delivery = await Delivery.open(turn)
        step.ended = await delivery.until_fetched(lambda one: offers(one, commit))
    turn.note("first fetch", "bytes", _sent(turn) - before)
    await turn.calm()
    commit, before = turn.repository.commit(files("two")), _sent(turn)
    async with turn.step("next commit") as step:
        await delivery.ask()
        step.ended = await delivery.until_fetched(lambda one: offers(one, commit))
    turn.note("next commit", "bytes", _sent(turn) - before)
    await turn.calm()
    before = _sent(turn)
    async with turn.step("nothing new") as step:
        await turn.api.request(delivery.source, "nothing new")
        step.ended = await delivery.until_fetched(
            lambda one: section(one, "status").get("lastHandledReconcileAt") == "nothing new"
        )
    turn.note("nothing new", "bytes", _sent(turn) - before)
    await delivery.end([])


def _sent(turn: Turn) -> float:
    """What the remote has sent so far, in kilobytes."""
    return sum(talk.answered for talk in turn.shop.remote.conversations) / _KILO


SCENARIOS = (
    Scenario(
        "git",
        "a repository of 1,000 files, beside Flux's source-controller",
        partial(beside_flux, story=_story, promises=_PROMISES),
    ),
)
