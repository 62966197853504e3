"""One question for all references of a remote that others follow, against real servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from shared.git.credential import ANONYMOUS, Credential, Secret
from shared.git.error import GitError, ReferenceNotFound
from shared.git.listing import PLENTY, Asker
from shared.git.revision import Wish
from tests.fake.git_remote import Gate, HttpRemote, Repository, send
from tests.fake.git_wish import Asking, exactly, pointed
from tests.fake.ssh_remote import SshRemote, ed25519_key, loaded, ssh_serving

EVER, LATER = -1.0, 1e12
"""Moments before and after all others."""
MAIN, STAGING, TAG = "refs/heads/main", "refs/heads/staging", "refs/tags/v1.0.0"
PULL, TAGS = "refs/pull/1/head", "refs/tags/"
ALL = (MAIN, STAGING, TAG, PULL)


class Crowd:
    """Those who follow a remote, each by the name of its reference."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking

    async def look(self, reference: str, since: float = EVER, wish: Wish | None = None) -> str:
        asker = Asker(reference, since, LATER)
        found = await self.asking.checkout(wish or pointed(reference), asker=asker)
        return found.commit.id

    async def looks(self, *references: str, since: float = EVER) -> list[str]:
        return [await self.look(reference, since) for reference in references]

    async def anew(self, reference: str) -> str:
        """A look that takes no answer from before."""
        return await self.look(reference, since=self.asking.remotes.clock.monotonic())


def filled(repository: Repository) -> dict[str, str]:
    """A commit for each of the references."""
    main = repository.commit({"a.yaml": "main"})
    staging = repository.commit({"a.yaml": "staging"}, branch="staging")
    repository.point(PULL, staging)
    repository.tag("v1.0.0", main)
    return {MAIN: main, STAGING: staging, TAG: main, PULL: staging}


@pytest.fixture
def crowd(tmp_path: Path, repository: Repository, server: HttpRemote) -> Crowd:
    filled(repository)
    return Crowd(Asking(tmp_path, server.of(repository)))


def lines(server: HttpRemote) -> list[str]:
    """The beginnings that the last question was for."""
    asked = server.listings()[-1].asked
    return [
        asked[at.end() : at.start() + int(at[1], 16)].decode()
        for at in re.finditer(rb"([0-9a-f]{4})ref-prefix ", asked)
    ]


async def test_what_is_new_is_asked_for_once_and_then_one_question_is_for_all(crowd, server):
    await crowd.looks(*ALL)
    before = len(server.listings())

    await crowd.looks(*ALL)

    assert before == len(ALL)
    assert len(server.listings()) - before == 1
    assert lines(server) == sorted(ALL)


async def test_a_range_of_versions_and_a_commit_are_asked_for_with_the_others(
    crowd, repository, server
):
    everything = Wish((TAGS,), pointed(TAG).pick)
    commit = exactly(repository.tips["main"].decode())
    for _ in range(2):
        before = len(server.listings())
        await crowd.looks(MAIN, TAG)
        await crowd.look("range", wish=everything)
        await crowd.look("commit", wish=commit)

    assert len(server.listings()) - before == 1
    assert lines(server) == ["HEAD", MAIN, TAGS]


async def test_a_new_commit_on_one_branch_is_fetched_by_the_one_who_follows_it(
    crowd, repository, server
):
    await crowd.looks(*ALL)
    before = len(server.listings())
    commit = repository.commit({"a.yaml": "new"}, branch="staging")

    await crowd.anew(MAIN)
    found = await crowd.looks(STAGING, TAG, PULL)

    assert found[0] == commit
    # That which told of it, and that which it was fetched with.
    assert len(server.listings()) - before == 2


async def test_who_asks_for_a_look_is_told_what_was_asked_after_that_and_the_others_too(
    crowd, repository, server
):
    await crowd.looks(*ALL)
    commit = repository.commit({"a.yaml": "new"}, branch="staging")
    now, before = crowd.asking.remotes.clock.monotonic(), len(server.listings())

    assert await crowd.look(STAGING, since=now) == commit
    await crowd.looks(MAIN, TAG, PULL, since=now)

    assert len(server.listings()) - before == 1


async def test_a_reference_that_is_gone_is_said_to_its_follower_alone(crowd, repository, server):
    await crowd.looks(*ALL)
    repository.drop(STAGING)
    before = len(server.listings())

    await crowd.anew(MAIN)
    with pytest.raises(ReferenceNotFound, match=STAGING):
        await crowd.look(STAGING)

    assert len(server.listings()) - before == 1
    assert await crowd.look(TAG)


async def test_another_credential_is_another_question(crowd, server):
    await crowd.looks(MAIN)
    other = Credential(username="ada", password=Secret("c4n4ry"), holder="")

    crowd.asking.credential = other
    await crowd.looks(STAGING)

    assert lines(server) == [STAGING]
    crowd.asking.credential = replace(ANONYMOUS, holder="b/git")
    await crowd.looks(TAG)
    assert lines(server) == [TAG]


async def test_very_many_tags_are_fetched_by_those_alone_who_want_them(crowd, repository, server):
    packed = "".join(
        f"{repository.tips['main'].decode()} {TAGS}{n:05}\n" for n in range(PLENTY + 1)
    )
    (repository.path / "packed-refs").write_text(
        f"# pack-refs with: peeled fully-peeled sorted \n{packed}"
    )
    everything = Wish((TAGS,), pointed(TAG).pick)
    await crowd.look("range", wish=everything)
    await crowd.looks(MAIN, STAGING)

    await crowd.anew(MAIN)

    assert lines(server) == [MAIN, STAGING]
    assert server.listings()[-1].answered < 1_000


async def test_an_older_server_that_says_everything_is_asked_once_too(crowd, server):
    server.version = 0
    await crowd.looks(*ALL)
    before = len(server.conversations)

    await crowd.looks(*ALL)

    assert len(server.conversations) - before == 1


async def test_a_server_that_does_not_heed_what_is_asked_for_is_asked_once_too(crowd, server):
    def deaf(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        plain = body
        for reference in ALL:
            line = f"ref-prefix {reference}"
            plain = plain.replace(f"{len(line) + 4:04x}{line}".encode(), b"")
        if plain != body:
            server.pass_on(handler, plain)
        return plain != body

    server.interfere = deaf
    await crowd.looks(*ALL)
    before = len(server.conversations)

    await crowd.looks(*ALL)

    assert len(server.conversations) - before == 1


def _fussy(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Refuses questions for more than one thing."""
    return body.count(b"ref-prefix ") > 1 and send(handler, 413)


async def test_a_remote_that_will_not_be_asked_for_much_is_asked_for_each(crowd, server):
    server.interfere = _fussy
    expected = await crowd.looks(*ALL)

    assert await crowd.looks(*ALL) == expected
    assert lines(server) == [PULL]


async def test_a_remote_that_does_not_answer_at_all_is_asked_for_much_again_later(crowd, server):
    await crowd.looks(*ALL)
    server.interfere = lambda handler, body: send(handler, 503)
    with pytest.raises(GitError, match="503"):
        await crowd.anew(MAIN)
    server.interfere = lambda handler, body: False

    await crowd.anew(STAGING)

    assert lines(server) == sorted(ALL)


async def test_that_a_remote_fails_is_said_to_all_who_waited_whatever_they_follow(crowd, server):
    await crowd.looks(*ALL)
    server.interfere = gate = Gate(lambda handler, body: send(handler, 503))
    async with asyncio.TaskGroup() as tasks:
        looks = [tasks.create_task(_problem(crowd, MAIN))]
        await asyncio.to_thread(gate.reached.wait)
        looks += [tasks.create_task(_problem(crowd, reference)) for reference in ALL[1:]]
        await asyncio.sleep(0)
        gate.opened.set()

    said = f"unexpected answer 503 from {crowd.asking.url}"
    assert {str(look.result()) for look in looks} == {said}
    # One that was greeted before, and greets again as that fails; then one for all others.
    assert gate.asked == 3


async def _problem(crowd: Crowd, reference: str) -> GitError:
    with pytest.raises(GitError) as problem:
        await crowd.anew(reference)
    return problem.value


@pytest.fixture
def ssh_crowd(tmp_path: Path, repository: Repository) -> Iterator[tuple[Crowd, SshRemote]]:
    filled(repository)
    key = ed25519_key()
    with ssh_serving(tmp_path / "remote") as remote:
        remote.welcome = loaded(key)
        asking = Asking(tmp_path, remote.url("apps.git"))
        asking.credential = Credential(
            username="git", identity=Secret(key), known_hosts=remote.known_hosts(), holder="a/git"
        )
        yield Crowd(asking), remote


async def test_over_ssh_one_connection_is_for_all(ssh_crowd):
    crowd, remote = ssh_crowd
    await crowd.looks(*ALL)
    before = len(remote.commands)

    await crowd.looks(*ALL)

    assert len(remote.commands) - before == 1
