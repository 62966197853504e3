"""Signatures that ssh-keygen and gpg made, and what was done to them since."""

from __future__ import annotations

import base64

import pytest

from shared.git.error import SignatureError
from shared.git.signature import Signed, of_commit, of_tag
from shared.git.ssh_signature import keys_of
from shared.git.trust import Trust
from tests.fake import signed

EVERYBODY = Trust.of(signed.key(*signed.VALID))


def refused(found: Signed, trust: Trust = EVERYBODY, now: int = signed.LATER) -> str:
    with pytest.raises(SignatureError) as problem:
        trust.verify(found, now)
    return str(problem.value)


@pytest.mark.parametrize("name", signed.VALID)
def test_who_signed_is_told(name):
    commit, tag = of_commit(signed.commit(name)), of_tag(signed.tag(name))

    by_all = EVERYBODY.verify(commit, signed.LATER)
    by_one = Trust.of(signed.key(name)).verify(tag, signed.LATER)

    assert by_all == by_one
    assert by_one.startswith("SHA256:" if name.startswith("ssh") else tuple("0123456789ABCDEF"))


@pytest.mark.parametrize("name", signed.VALID)
def test_whom_nobody_trusts_has_not_signed(name):
    others = Trust.of(signed.key(*set(signed.VALID) - {name}))

    assert "not trusted" in refused(of_commit(signed.commit(name)), others)


@pytest.mark.parametrize("name", signed.VALID)
def test_a_signature_of_other_content_is_refused(name):
    found = of_commit(signed.commit(name))
    changed = Signed(found.payload.replace(b"body", b"soul"), found.signature)
    grafted = Signed(of_tag(signed.tag(name)).payload, found.signature)

    assert refused(changed)
    assert refused(grafted)


@pytest.mark.parametrize("name", ["ssh-ed25519", "pgp-ed25519", "pgp-subkey"])
def test_what_follows_a_signature_is_refused(name):
    found = of_commit(signed.commit(name))

    assert refused(Signed(found.payload, found.signature + b"\nmore"))
    assert refused(Signed(found.payload, found.signature + b"\n" + found.signature))
    assert refused(Signed(found.payload, found.signature[:80]))


@pytest.mark.parametrize("name", signed.VALID)
def test_a_signature_of_which_a_bit_was_turned_is_refused(name):
    found = of_commit(signed.commit(name))
    begin, *lines, end = found.signature.strip().split(b"\n")
    body = b"".join(line for line in lines if line and not line.startswith(b"="))
    raw = bytearray(base64.b64decode(body))

    for at in range(0, len(raw), 7):
        raw[at] ^= 4
        text = b"\n".join([begin, b"", base64.b64encode(raw), end])
        raw[at] ^= 4
        hints_only = Signed(found.payload, text)
        try:
            who = EVERYBODY.verify(hints_only, signed.LATER)
        except SignatureError:
            continue
        # What OpenPGP leaves unsigned may change: who is said to have signed.
        assert name.startswith("pgp")
        assert who == EVERYBODY.verify(found, signed.LATER)


def test_a_key_counts_until_it_expires():
    found, trust = of_commit(signed.commit("pgp-expired")), Trust.of(signed.key("pgp-expired"))

    assert trust.verify(found, signed.SIGNED_AT + 60)
    assert "has expired" in refused(found, trust)


def test_a_signature_of_the_future_does_not_count_yet():
    found = of_commit(signed.commit("pgp-ed25519"))

    assert "not valid yet" in refused(found, now=signed.SIGNED_AT - 100_000)


def test_a_key_that_was_revoked_has_never_signed():
    trust = Trust.of(signed.key("pgp-revoked"))

    assert trust.openpgp == ()
    assert "not trusted" in refused(of_commit(signed.commit("pgp-revoked")), trust)


def test_each_kind_of_signature_asks_its_own_keys():
    keys = {"a.sshpub": signed.key("pgp-ed25519")["pgp-ed25519.asc"], "b": "no key at all"}

    assert Trust.of(keys) == Trust((), ())
    assert Trust.of({"any": keys["a.sshpub"]}).openpgp
    assert refused(Signed(b"x", b"")) == "it is not signed"
    assert "neither OpenPGP nor SSH" in refused(Signed(b"x", b"-----BEGIN SIGNED MESSAGE-----"))


def test_an_openpgp_entry_without_a_key_is_named_and_not_quoted():
    with pytest.raises(SignatureError, match=r"'a\.asc' cannot be read") as problem:
        Trust.of({"a.asc": "c4n4ry"})

    assert "c4n4ry" not in str(problem.value)


def test_a_signature_for_something_else_than_git_is_refused():
    found = of_commit(signed.commit("ssh-ed25519"))
    begin, *lines, end = found.signature.strip().split(b"\n")
    raw = base64.b64decode(b"".join(lines)).replace(b"\0\0\0\x03git", b"\0\0\0\x03got")
    text = b"\n".join([begin, base64.b64encode(raw), end])

    assert "something else than Git" in refused(Signed(found.payload, text))


def test_files_of_authorised_keys_may_have_options_and_comments():
    line = signed.key("ssh-ed25519")["ssh-ed25519.sshpub"]
    text = f'# {line}\n\nno-pty,command="a b" {line}\ncert-authority {line}\nssh-ed25519 !!! x\n'

    assert keys_of(text) == keys_of(line)
    assert keys_of(line)[0].fingerprint.startswith("SHA256:")
