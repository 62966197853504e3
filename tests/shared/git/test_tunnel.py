"""Remotes through proxies that make tunnels: SOCKS5, and CONNECT for SSH."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.git.credential import Credential, Proxy, Secret
from shared.git.error import GitError
from shared.git.tunnel import tunnelled
from tests.fake.certificates import Authority, server_context
from tests.fake.git_remote import Repository, serving
from tests.fake.git_wish import Asking, content
from tests.fake.ssh_remote import ed25519_key, loaded, ssh_serving
from tests.fake.tunnel_proxy import TunnelProxy, proxying

KEY = ed25519_key()
ADA = ("ada", "c4n4ry")


@pytest.fixture
def proxy() -> Iterator[TunnelProxy]:
    with proxying() as found:
        yield found


@pytest.fixture
def ssh(tmp_path: Path, repository: Repository) -> Iterator[Asking]:
    repository.commit({"a.yaml": "one"})
    with ssh_serving(tmp_path / "remote") as remote:
        remote.welcome = loaded(KEY)
        asking = Asking(tmp_path, remote.url("apps.git"))
        asking.credential = Credential(
            username="git", identity=Secret(KEY), known_hosts=remote.known_hosts()
        )
        yield asking


def through(credential: Credential, address: str, login: tuple[str, str] | None) -> Credential:
    username, password = login or ("", "")
    return replace(credential, proxy=Proxy(address, username, Secret(password)))


@pytest.mark.parametrize("login", [None, ADA], ids=["anybody", "somebody"])
async def test_http_goes_through_socks(tmp_path, repository, server, proxy, login):
    repository.commit({"a.yaml": "one"})
    proxy.login = login
    asking = Asking(tmp_path, server.of(repository))

    checkout = await asking.checkout(credential=through(Credential(), proxy.socks, login))

    assert content(checkout) == {"a.yaml": b"one"}
    assert {host for host, _ in proxy.asked} == {"127.0.0.1"}


async def test_https_goes_through_socks_and_is_still_the_remote_s_own(tmp_path, repository, proxy):
    repository.commit({"a.yaml": "one"})
    authority = Authority()
    context = server_context(authority.sign(), tmp_path)
    with serving(tmp_path / "remote", context) as server:
        asking = Asking(tmp_path, server.of(repository))
        known = Credential(authority=authority.certificate)

        checkout = await asking.checkout(credential=through(known, proxy.socks, None))
        assert content(checkout) == {"a.yaml": b"one"}
        with pytest.raises(GitError, match="TLS"):
            await asking.checkout(credential=through(Credential(), proxy.socks, None))


@pytest.mark.parametrize("kind", ["socks", "http"])
@pytest.mark.parametrize("login", [None, ADA], ids=["anybody", "somebody"])
async def test_ssh_goes_through_tunnels(ssh, proxy, kind, login):
    proxy.login = login

    checkout = await ssh.checkout(credential=through(ssh.credential, getattr(proxy, kind), login))

    assert content(checkout) == {"a.yaml": b"one"}
    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    ("kind", "login", "why"),
    [
        ("socks", None, "asks for another way to sign in"),
        ("socks", ("eve", "c4n4ry"), "does not take our user name and password"),
        ("socks", ("a" * 300, "c4n4ry"), "at most 255 bytes"),
        ("http", ("eve", "c4n4ry"), "it answers 407"),
    ],
)
async def test_a_proxy_that_does_not_let_us_in_is_named_and_nobody_quoted(
    ssh, proxy, kind, login, why
):
    proxy.login = ADA

    with pytest.raises(GitError, match=why) as problem:
        await ssh.checkout(credential=through(ssh.credential, getattr(proxy, kind), login))

    assert "c4n4ry" not in str(problem.value)


@pytest.mark.parametrize(
    ("kind", "answer", "why"),
    [
        ("socks", b"HTTP/1.1 400 Bad\r\n\r\n", "does not speak SOCKS5"),
        ("socks", b"\x05\x00\x05\x02\x00\x01" + bytes(6), "its rules forbid it"),
        ("socks", b"\x05\x00\x05\x63\x00\x01" + bytes(6), "it says 99"),
        ("socks", b"\x05", "closed the connection"),
        ("http", b"HTTP/1.1 503 Busy\r\n\r\n", "it answers 503"),
        ("http", b"SSH-2.0-x\r\n\r\n", "it answers nothing"),
        ("http", b"HTTP/1.1 200 " + b"x" * 20_000, "has no end"),
    ],
)
def test_a_proxy_that_does_not_do_as_it_should_is_named(proxy, kind, answer, why):
    proxy.answer = answer

    with pytest.raises(GitError, match=why):
        tunnelled(Proxy(getattr(proxy, kind)), "git.example", 22, 5)


@pytest.mark.parametrize("kind", ["socks", "http"])
def test_the_proxy_finds_the_host_by_its_name(proxy, kind):
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]

        tunnelled(Proxy(getattr(proxy, kind)), "localhost", port, 5).close()

    assert proxy.asked == [("localhost", port)]


async def test_a_proxy_that_is_not_there_is_said(tmp_path, repository, server):
    repository.commit({"a.yaml": "one"})
    asking = Asking(tmp_path, server.of(repository))

    with pytest.raises(GitError, match="the proxy cannot be reached"):
        await asking.checkout(credential=through(Credential(), "socks5://127.0.0.1:9", None))
