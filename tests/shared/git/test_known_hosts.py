from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest

from shared.git.error import GitError, InvalidCredential
from shared.git.known_hosts import KnownHosts, fingerprint
from tests.fake.ssh_remote import ed25519_key, loaded

KEY, OTHER = loaded(ed25519_key()), loaded(ed25519_key())


def line(host: str, key=KEY) -> str:
    return f"{host} {key.get_name()} {key.get_base64()}"


def hashed(host: str) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, host.encode(), hashlib.sha1).digest()
    return f"|1|{b64encode(salt).decode()}|{b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (line("git.example"), "git.example", 22),
        (line("other.example,git.example"), "git.example", 22),
        (line("[git.example]:2222"), "git.example", 2222),
        (line(hashed("git.example")), "git.example", 22),
        (line(hashed("[git.example]:2222")), "git.example", 2222),
        (f"# a comment\n\n{line('git.example')}", "git.example", 22),
        (f"{line('git.example', OTHER)}\n{line('git.example')}", "git.example", 22),
    ],
    ids=["plain", "list", "port", "hashed", "hashed port", "comment", "two keys"],
)
def test_which_hosts_are_known(text, host, port):
    hosts = KnownHosts(text)

    hosts.check(host, port, KEY)

    assert "ssh-ed25519" in hosts.algorithms(host, port)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not in known_hosts"),
        (line("other.example"), "not in known_hosts"),
        (line("[git.example]:2222"), "not in known_hosts"),
        (line("git.example", OTHER), "not in known_hosts"),
        (f"@cert-authority {line('git.example')}", "not in known_hosts"),
        (f"{line('git.example')}\n@revoked {line('*')}", "revoked"),
        (f"@revoked {line('git.example')}", "revoked"),
    ],
    ids=["nothing", "host", "port", "key", "authority", "revoked", "only revoked"],
)
def test_which_hosts_are_not(text, complaint):
    with pytest.raises(GitError, match=complaint) as refusal:
        KnownHosts(text).check("git.example", 22, KEY)

    assert fingerprint(KEY) in str(refusal.value)


def test_a_host_without_a_key_is_not_asked():
    with pytest.raises(GitError, match="known_hosts has no key of git"):
        KnownHosts("").algorithms("git.example", 22)


def test_a_line_that_cannot_be_read_is_named():
    with pytest.raises(InvalidCredential, match="known_hosts: line 2 cannot be read"):
        KnownHosts(f"{line('git.example')}\ngit.example ssh-ed25519 !!!")
