"""From a GitRepository to a commit of a real server on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shared.api.git_repository import GitRepository
from shared.git.error import GitError
from shared.manifest.identity import Manifest
from shared.reconcile.failure import Retryable, Stalled
from shared.runtime.clock import SystemClock
from source_controller.credential import SecretCredentials
from source_controller.git_arrival import Arrivals
from source_controller.trigger import Listener
from source_controller.upstream import GitUpstream
from tests.fake.git_provider import Nobody
from tests.fake.git_remote import HttpRemote, Repository, demand, send, serving
from tests.fake.git_wish import remotes
from tests.fake.source_world import repository

CANARY = "c4n4ry"


class Vault:
    """Every Secret holds this."""

    def __init__(self, **data: str) -> None:
        self._data = data

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        return self._data


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Repository]:
    (tmp_path / "remote").mkdir()
    remote = Repository(tmp_path / "remote" / "apps.git")
    yield remote
    remote.close()


@pytest.fixture
def server(tmp_path: Path, remote: Repository) -> Iterator[HttpRemote]:
    with serving(tmp_path / "remote") as server:
        yield server


def upstream(tmp_path: Path, **secret: str) -> GitUpstream:
    credentials = SecretCredentials(Vault(**secret), Nobody())
    return GitUpstream(credentials, remotes(tmp_path), Arrivals(SystemClock()))


async def test_a_branch_is_found(tmp_path, remote, server):
    commit = remote.commit({"a.yaml": "one"}, "Deploy " + "x" * 60)

    found = await upstream(tmp_path).look(repository(url=server.of(remote), ref={"branch": "main"}))

    assert found.revision == f"main@sha1:{commit}"
    assert found.short == "Deploy " + "x" * 43 + "..."


HUNDRED = [f"apps-{number}" for number in range(100)]


def named(name: str, url: str, **spec: object) -> GitRepository:
    """A GitRepository among others of a remote."""
    repo = repository(url=url, ref={"branch": "main"}, **spec)
    return repo.model_copy(update={"metadata": repo.metadata.model_copy(update={"name": name})})


class Crowd:
    """Plays the cache: all of the hundred are there before anybody looks."""

    def all(self) -> list[Manifest]:
        return []

    def subscribe(self, listener: Listener) -> None:
        for name in HUNDRED:
            meta = {"name": name, "namespace": "flux-system", "generation": 1}
            listener(None, {"metadata": meta})


class Vaults(dict[str, dict[str, str]]):
    """Secrets by their names."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        return self[name]


def crowd(tmp_path: Path) -> GitUpstream:
    secrets = Vaults({name: {"username": name, "password": CANARY} for name in ("ada", "bob")})
    arrivals = Arrivals(SystemClock())
    arrivals.follow(Crowd())
    return GitUpstream(SecretCredentials(secrets, Nobody()), remotes(tmp_path), arrivals)


@pytest.mark.slow
async def test_a_hundred_of_a_remote_that_are_woken_at_once_ask_it_once(tmp_path, remote, server):
    commit = remote.commit({"a.yaml": "one"})
    looking, url = crowd(tmp_path), server.of(remote)

    async with asyncio.TaskGroup() as tasks:
        looks = [tasks.create_task(looking.look(named(name, url))) for name in HUNDRED]

    assert {look.result().revision for look in looks} == {f"main@sha1:{commit}"}
    assert len(server.listings()) == len(server.fetches()) == 1


@pytest.mark.slow
async def test_of_two_credentials_each_is_told_by_the_remote_itself(tmp_path, remote, server):
    remote.commit({"a.yaml": "one"})
    looking, url = crowd(tmp_path), server.of(remote)

    async with asyncio.TaskGroup() as tasks:
        for number, name in enumerate(HUNDRED):
            secret = {"name": ("ada", "bob")[number % 2]}
            tasks.create_task(looking.look(named(name, url, secretRef=secret)))

    assert len(server.listings()) == len(server.fetches()) == 2
    assert len({talk.headers["Authorization"] for talk in server.listings()}) == 2


async def test_of_equal_versions_the_newest_commit_is_taken(tmp_path, remote, server):
    older = remote.commit({"a.yaml": "one"})
    newer = remote.commit({"a.yaml": "two"})
    remote.tag("1.0.0+b", older, annotated=True)
    remote.tag("1.0.0+a", newer)
    remote.tag("0.9.0", newer)

    found = await upstream(tmp_path).look(repository(url=server.of(remote), ref={"semver": "1.x"}))

    assert found.revision == f"1.0.0+a@sha1:{newer}"


async def test_a_commit_without_a_message_is_called_by_its_revision(tmp_path, remote, server):
    commit = remote.commit({"a.yaml": "one"}, "")

    found = await upstream(tmp_path).look(repository(url=server.of(remote), ref={"branch": "main"}))

    assert found.short == f"main@sha1:{commit}"


async def test_an_empty_repository_has_its_own_reason(tmp_path, remote, server):
    with pytest.raises(Retryable) as failure:
        await upstream(tmp_path).look(repository(url=server.of(remote)))

    assert (failure.value.reason, failure.value.condition) == ("EmptyGitRepository", "FetchFailed")
    assert failure.value.message == "git repository is empty"


async def test_the_message_says_what_was_wanted_of_which_repository(tmp_path, remote, server):
    remote.commit({"a.yaml": "one"})
    url = server.of(remote)

    with pytest.raises(GitError) as problem:
        await upstream(tmp_path).look(repository(url=url, ref={"tag": "v1"}))

    assert str(problem.value) == (
        f"failed to checkout and determine revision: unable to clone '{url}': "
        "couldn't find remote ref 'refs/tags/v1'"
    )


async def test_a_reference_that_cannot_be_is_for_the_spec_to_mend(tmp_path):
    with pytest.raises(Stalled):
        await upstream(tmp_path).look(repository(ref={"branch": "a..b"}))


async def test_a_key_that_cannot_be_read_is_a_matter_of_authentication(tmp_path):
    with pytest.raises(Retryable) as failure:
        await upstream(tmp_path, identity=CANARY, known_hosts="h").look(
            repository(url="ssh://127.0.0.1:1/x", secretRef={"name": "git"})
        )

    assert failure.value.reason == "AuthenticationFailed"
    assert CANARY not in failure.value.message


@pytest.mark.parametrize("where", ["secret", "url"])
@pytest.mark.parametrize("trouble", ["401", "500", "nonsense", "away", "said back"])
async def test_no_secret_shows_whatever_goes_wrong(
    tmp_path, remote, server, caplog, capfd, where, trouble
):
    remote.commit({"a.yaml": "one"})
    caplog.set_level(logging.DEBUG)
    server.interfere = {
        "401": demand("ada", "another"),
        "500": lambda handler, body: send(handler, 500, CANARY.encode()),
        "nonsense": lambda handler, body: send(handler, 200, CANARY.encode()),
        "away": lambda handler, body: False,
        "said back": lambda handler, body: send(
            handler,
            200,
            b"%04xERR no %s" % (len(CANARY) + 11, CANARY.encode()),
            {"Content-Type": "application/x-git-upload-pack-advertisement"},
        ),
    }[trouble]
    url = server.of(remote) if trouble != "away" else "http://127.0.0.1:1/x"
    if where == "url":
        url = url.replace("http://", f"http://ada:{CANARY}@")
        repo = repository(url=url)
    else:
        repo = repository(url=url, secretRef={"name": "git"})

    with pytest.raises(GitError) as problem:
        await upstream(tmp_path, username="ada", password=CANARY).look(repo)

    error: BaseException | None = problem.value
    while error is not None:
        assert CANARY not in f"{error!r} {error.args}"
        error = error.__cause__
    assert CANARY not in caplog.text
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in "".join(str(path) for path in tmp_path.rglob("*"))
