"""What a remote can do is asked for once, and again where that no longer holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.git.credential import ANONYMOUS, Credential, Secret
from shared.git.error import GitError
from shared.git.greeting import LONGEST, MOST, Greetings
from shared.git.location import parse
from tests.fake.clock import ManualClock
from tests.fake.git_remote import HttpRemote, Repository, send
from tests.fake.git_wish import Asking

HOME = (parse("https://git.example/apps"), ANONYMOUS)
MODERN = b"000eversion 2\n0015agent=git/2.45.00000"


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    return Asking(tmp_path, server.of(repository))


def asked(server: HttpRemote) -> list[str]:
    return [talk.command or talk.method for talk in server.conversations]


async def test_a_new_commit_is_asked_for_and_fetched_without_a_greeting(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    server.conversations.clear()
    commit = repository.commit({"a.yaml": "two"})

    assert (await asking.checkout()).commit.id == commit
    assert asked(server) == ["ls-refs", "fetch"]


async def test_another_credential_is_greeted_on_its_own(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    server.conversations.clear()

    await asking.checkout(credential=Credential(username="ada", password=Secret("x"), holder="a/b"))

    assert asked(server) == ["GET", "ls-refs", "fetch"]


async def test_a_server_that_has_become_an_old_one_is_asked_anew(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    server.version = 0
    server.interfere = lambda handler, body: b"command=" in body and send(handler, 400)
    commit = repository.commit({"a.yaml": "two"})

    assert (await asking.checkout()).commit.id == commit


async def test_a_server_that_stumbles_once_is_asked_again_from_the_beginning(
    asking, repository, server
):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    failures = [500]
    server.interfere = lambda handler, body: bool(failures) and send(handler, failures.pop())
    server.conversations.clear()

    await asking.checkout()

    assert asked(server) == ["GET", "ls-refs"]


async def test_a_server_that_keeps_failing_is_asked_twice_and_then_once(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    questions: list[str] = []

    def refuse(handler, body):
        questions.append(handler.command)
        return send(handler, 503)

    server.interfere = refuse
    for _ in range(2):
        with pytest.raises(GitError, match="unexpected answer 503"):
            await asking.checkout()

    assert questions == ["POST", "GET", "GET"]


def test_what_was_said_is_recalled_for_an_hour():
    greetings = Greetings(ManualClock())
    greetings.keep(HOME, MODERN)

    assert greetings.recall(HOME) == MODERN
    greetings.clock.advance(timedelta(hours=1))
    assert greetings.recall(HOME) is None


@pytest.mark.parametrize(
    "said", [b"001e# service=git-upload-pack\n0000", MODERN.ljust(LONGEST), b""]
)
def test_older_or_very_long_greetings_are_not_kept(said):
    greetings = Greetings(ManualClock())

    greetings.keep(HOME, said)

    assert greetings.recall(HOME) is None


def test_of_very_many_remotes_the_first_is_forgotten():
    greetings = Greetings(ManualClock())
    homes = [(parse(f"https://git.example/{number}"), ANONYMOUS) for number in range(MOST + 1)]

    for home in homes:
        greetings.keep(home, MODERN)

    assert greetings.recall(homes[0]) is None
    assert all(greetings.recall(home) for home in homes[1:])
