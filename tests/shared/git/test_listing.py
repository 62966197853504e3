"""One answer of a remote for all who ask at the same time, against a real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.git.credential import ANONYMOUS, Credential, Proxy, Secret
from shared.git.error import EmptyRepository, GitError, ReferenceNotFound
from shared.git.listing import MOST, PLENTY, Asker, Call, Listing, Listings, Sent
from shared.git.location import parse
from tests.fake.git_remote import Gate, HttpRemote, Repository, send
from tests.fake.git_wish import Asking, pointed

MANY = 30
MAIN = "refs/heads/main"
EVER = -1.0
"""A moment before all others."""


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    return Asking(tmp_path, server.of(repository))


def someone(number: int, since: float = EVER) -> Asker:
    return Asker(f"apps/{number}", since)


async def test_one_answer_serves_all_who_ask_within_the_time(asking, repository, server):
    commit = repository.commit({"a.yaml": "one"})

    found = [await asking.checkout(asker=someone(number)) for number in range(MANY)]

    assert {checkout.commit.id for checkout in found} == {commit}
    assert len(server.listings()) == 1


async def test_who_asks_again_is_told_what_is_there_now_and_the_others_with_it(
    asking, repository, server
):
    repository.commit({"a.yaml": "one"})
    for number in range(3):
        await asking.checkout(asker=someone(number))
    commit = repository.commit({"a.yaml": "two"})

    found = [await asking.checkout(asker=someone(number)) for number in range(3)]

    assert {checkout.commit.id for checkout in found} == {commit}
    assert len(server.listings()) == 2


async def test_what_was_asked_before_the_moment_that_counts_is_too_old(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout(asker=someone(1))
    commit = repository.commit({"a.yaml": "two"})
    now = asking.remotes.clock.monotonic()

    found = await asking.checkout(asker=someone(2, since=now))

    assert found.commit.id == commit
    assert len(server.listings()) == 2


async def test_those_who_came_while_it_was_asked_ask_once_more_and_together(
    asking, repository, server
):
    """The answer that is under way may be from before they came."""
    repository.commit({"a.yaml": "one"})
    server.interfere = gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(asking.checkout())
        await asyncio.to_thread(gate.reached.wait)
        others = [tasks.create_task(asking.checkout()) for _ in range(5)]
        await asyncio.sleep(0)
        commit = repository.commit({"a.yaml": "two"})
        gate.opened.set()

    assert {task.result().commit.id for task in others} == {commit}
    assert first.done()
    assert len(server.listings()) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(ANONYMOUS, username="ada", password=Secret("another"), holder="a/git"),
        replace(ANONYMOUS, bearer=Secret("t0ken"), holder="a/git"),
        replace(ANONYMOUS, username="ada", password=Secret("c4n4ry"), holder="b/git"),
        replace(
            ANONYMOUS, username="ada", password=Secret("c4n4ry"), holder="a/git",
            proxy=Proxy("http://127.0.0.1:9"),
        ),
        replace(
            ANONYMOUS, username="ada", password=Secret("c4n4ry"), holder="a/git", known_hosts="k"
        ),
    ],
    ids=["password", "token", "holder", "proxy", "hosts"],
)  # fmt: skip
def test_what_one_credential_was_told_is_for_no_other(other):
    listings, home = Listings(), parse("https://git.example/apps")
    ada = Credential(username="ada", password=Secret("c4n4ry"), holder="a/git")
    own = Call("mirror", (home, ada), (MAIN,), someone(1), 0)
    listings.note(own, Sent((MAIN,), 1, 1.0), Listing({MAIN: "x"}))

    assert listings.find(replace(own, asker=someone(2), came=2)) is not None
    assert listings.find(replace(own, whom=(home, other), asker=someone(3))) is None


async def test_who_may_not_see_a_remote_is_not_told_what_another_one_saw(
    asking, repository, server
):
    repository.commit({"a.yaml": "one"})
    insider = Credential(username="ada", password=Secret("c4n4ry"), holder="a/git")
    await asking.checkout(credential=insider, asker=someone(1))
    server.interfere = lambda handler, body: send(handler, 401)

    with pytest.raises(GitError, match="authentication required"):
        await asking.checkout(
            credential=replace(insider, password=Secret("guess")), asker=someone(2)
        )
    with pytest.raises(GitError, match="authentication required"):
        await asking.checkout(asker=someone(3))


async def test_other_references_are_asked_for(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    other = repository.commit({"a.yaml": "two"}, branch="other")
    await asking.checkout(asker=someone(1))

    found = await asking.checkout(pointed("refs/heads/other"), asker=someone(2))

    assert found.commit.id == other


async def test_a_failure_is_for_those_who_waited_and_for_nobody_else(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    server.interfere = gate = Gate(lambda handler, body: send(handler, 503))
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_problem(asking, 0))
        await asyncio.to_thread(gate.reached.wait)
        waiting = [tasks.create_task(_problem(asking, number)) for number in range(1, 6)]
        await asyncio.sleep(0)
        gate.opened.set()
    server.interfere = lambda handler, body: False

    found = await asking.checkout(asker=someone(9))

    said = f"unexpected answer 503 from {asking.url}"
    assert {str(task.result()) for task in (first, *waiting)} == {said}
    assert gate.asked == 2
    assert found.commit


async def _problem(asking: Asking, number: int) -> GitError:
    with pytest.raises(GitError) as problem:
        await asking.checkout(asker=Asker(f"apps/{number}"))
    return problem.value


async def test_who_gives_up_takes_nobody_along(asking, repository, server):
    commit = repository.commit({"a.yaml": "one"})
    server.interfere = gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(asking.checkout(asker=someone(0)))
        await asyncio.to_thread(gate.reached.wait)
        others = [tasks.create_task(asking.checkout(asker=someone(n))) for n in range(1, 5)]
        await asyncio.sleep(0)
        first.cancel()
        gate.opened.set()

    assert first.cancelled()
    assert {task.result().commit.id for task in others} == {commit}


async def test_who_runs_out_of_time_takes_nobody_along(asking, repository, server):
    commit = repository.commit({"a.yaml": "one"})
    server.interfere = gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        hasty = tasks.create_task(_hasty(asking))
        patient = tasks.create_task(asking.checkout(asker=someone(2)))
        await hasty
        gate.opened.set()

    assert patient.result().commit.id == commit


async def _hasty(asking: Asking) -> None:
    with pytest.raises(GitError, match="timed out"):
        await asking.checkout(limit=timedelta(milliseconds=300), asker=someone(1))


async def test_that_there_is_no_such_reference_is_an_answer_too(asking, repository, server):
    repository.commit({"a.yaml": "one"}, branch="other")
    before = len(server.listings())
    for number in range(5):
        with pytest.raises(ReferenceNotFound, match="refs/heads/main"):
            await asking.checkout(asker=someone(number))

    # That for the reference, and that whether there is anything at all.
    assert len(server.listings()) - before == 2


async def test_that_there_is_nothing_at_all_is_an_answer_too(asking, repository, server):
    for number in range(5):
        with pytest.raises(EmptyRepository):
            await asking.checkout(asker=someone(number))

    assert len(server.listings()) == 2


def call_for(*prefixes: str, number: int = 1) -> Call:
    return Call("mirror", (parse("https://git.example/a"), ANONYMOUS), prefixes, someone(number), 0)


def test_an_answer_of_very_many_references_is_not_kept_but_for_what_is_little_of_it():
    listings, prefixes = Listings(), (MAIN, "refs/tags/")
    many = {f"refs/tags/{number}": "x" for number in range(MOST + 1)}

    listings.note(call_for(MAIN), Sent(prefixes, 1, 1.0), Listing(many | {MAIN: "y"}))

    assert listings.find(call_for("refs/tags/", number=2)) is None
    assert listings.find(call_for(MAIN, number=2)) == Listing({MAIN: "y"})
    assert PLENTY < MOST


def test_of_an_answer_that_says_more_than_was_asked_for_the_rest_is_not_kept():
    listings = Listings()

    listings.note(call_for(MAIN), Sent((MAIN,), 1, 1.0), Listing({MAIN: "y", "HEAD": "y"}))

    assert listings.find(call_for(MAIN, number=2)) == Listing({MAIN: "y"})
    assert listings.find(call_for("HEAD", number=2)) is None


def test_with_the_mirror_its_answers_go_and_old_ones_with_a_new_one():
    listings, old, new = Listings(), call_for("a"), call_for("b")
    listings.note(old, Sent(("a",), 1, 1.0), Listing({"a": "x"}))
    listings.note(new, Sent(("b",), 2, 10_000.0), Listing({"b": "x"}))

    assert listings.find(replace(old, asker=someone(2))) is None
    assert listings.find(replace(new, asker=someone(2))) == Listing({"b": "x"})
    listings.forget("mirror")
    assert listings.find(replace(new, asker=someone(3))) is None
