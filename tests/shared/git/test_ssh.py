from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.git.credential import Credential, Secret
from shared.git.error import GitError, InvalidCredential
from shared.git.ssh import Algorithms, identity_of
from tests.fake.git_remote import Repository
from tests.fake.git_wish import Asking, content, exactly, remotes
from tests.fake.ssh_remote import SshRemote, ed25519_key, loaded, rsa_key, ssh_serving

KEY = ed25519_key()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshRemote]:
    (tmp_path / "remote").mkdir(exist_ok=True)
    with ssh_serving(tmp_path / "remote") as remote:
        remote.welcome = loaded(KEY)
        yield remote


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: SshRemote) -> Asking:
    repository.commit({"a.yaml": "one"})
    asking = Asking(tmp_path, server.url("apps.git"))
    asking.credential = Credential(
        username="git",
        identity=Secret(KEY),
        known_hosts=server.known_hosts(),
        holder="apps/git",
    )
    return asking


async def test_a_key_opens_the_door(asking, server):
    checkout = await asking.checkout()

    assert content(checkout) == {"a.yaml": b"one"}
    assert server.commands == ["git-upload-pack '/apps.git'"]
    assert set(server.users) == {"git"}
    assert server.variables == [("GIT_PROTOCOL", "version=2")]


async def test_an_unchanged_remote_costs_one_connection_and_no_fetch(asking, server):
    await asking.checkout()
    server.commands.clear()

    await asking.checkout()

    assert len(server.commands) == 1


async def test_another_key_is_refused(asking, server):
    server.welcome = loaded(ed25519_key())

    with pytest.raises(GitError, match="does not take the key 'identity'"):
        await asking.checkout()


async def test_a_host_that_shows_another_key_than_the_known_one_is_not_talked_to(asking, server):
    server.host_key = loaded(ed25519_key())

    with pytest.raises(GitError, match=r"not in known_hosts: ssh-ed25519 SHA256:") as refusal:
        await asking.checkout()

    assert KEY.splitlines()[2] not in str(refusal.value)
    assert server.users == []


async def test_a_repository_that_is_not_there_is_said_in_the_servers_words(asking, server):
    asking.url = server.url("absent.git")

    with pytest.raises(GitError, match="does not appear to be a git repository"):
        await asking.checkout()


async def test_a_commit_that_is_not_there_is_said(asking):
    with pytest.raises(GitError, match="unable to resolve commit object"):
        await asking.checkout(exactly("c0ffee" + "0" * 34))


async def test_a_server_that_says_nothing_is_given_up_in_time(asking, server):
    await asking.checkout()
    server.silent = True

    with pytest.raises(GitError, match="timed out"):
        await asking.checkout(limit=timedelta(milliseconds=200))


async def test_only_the_algorithms_of_the_operator_are_used(tmp_path, asking, server):
    asking.remotes = remotes(tmp_path, algorithms=Algorithms(host_key=("rsa-sha2-512",)))

    with pytest.raises(GitError):
        await asking.checkout()


def test_a_key_with_a_passphrase_is_opened_with_it():
    text = ed25519_key("open sesame")

    key = identity_of(Credential(identity=Secret(text), password=Secret("open sesame")))

    assert key.get_name() == "ssh-ed25519"


@pytest.mark.parametrize(
    ("text", "passphrase", "complaint"),
    [
        (ed25519_key("open sesame"), "", "encrypted but no 'password' field"),
        (ed25519_key("open sesame"), "wrong", "no private key that can be read"),
        ("no key", "", "no private key that can be read"),
        ("", "", "no private key that can be read"),
        (rsa_key(1024), "", "less than 2048 bits"),
    ],
    ids=["no passphrase", "wrong passphrase", "no key", "nothing", "a short RSA key"],
)
def test_which_keys_are_refused(text, passphrase, complaint):
    credential = Credential(identity=Secret(text), password=Secret(passphrase), holder="apps/git")

    with pytest.raises(InvalidCredential, match=complaint) as refusal:
        identity_of(credential)

    assert not text or text not in str(refusal.value)
