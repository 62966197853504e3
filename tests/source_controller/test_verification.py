from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.git.revision import Commit
from shared.problem import Problem
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Retryable, Stalled
from source_controller.upstream import Found
from source_controller.verification import SignatureVerification
from tests.fake import signed
from tests.fake.clock import ManualClock
from tests.fake.source_world import FIRST, repository

NAME = "ssh-ed25519"


class Secrets:
    def __init__(self, *names: str) -> None:
        self.keys = signed.key(*names)
        self.broken = False

    async def data(self, namespace: str, name: str) -> dict[str, str]:
        assert (namespace, name) == ("flux-system", "keys")
        if self.broken:
            raise Problem('secrets "keys" not found')
        return self.keys


class Checkout:
    def __init__(self, reference: str, raw: bytes, tag: bytes) -> None:
        self.commit = Commit("c" * 40, reference, "first", 0, raw, tag)


def verification(*names: str) -> SignatureVerification:
    clock = ManualClock(datetime.fromtimestamp(signed.LATER, UTC))
    return SignatureVerification(Secrets(*(names or (NAME,))), clock)


def found(
    reference: str = f"refs/tags/v-{NAME}",
    commit: bytes = signed.commit(NAME),
    tag: bytes = signed.tag(NAME),
) -> Found:
    return Found(FIRST, "first", Checkout(reference, commit, tag))


def wanting(mode: str, observed: str = ""):
    repo = repository(verify={"mode": mode, "secretRef": {"name": "keys"}})
    status = repo.status.model_copy(update={"source_verification_mode": observed})
    return repo.model_copy(update={"status": status})


@pytest.mark.parametrize(
    ("mode", "recorded", "lines"),
    [
        ("head", "HEAD", ["commit 'cccccccccc"]),
        ("HEAD", "HEAD", ["commit 'cccccccccc"]),
        ("Tag", "Tag", ["tag 'v-ssh-ed25519"]),
        ("TagAndHEAD", "TagAndHEAD", ["tag 'v-ssh-ed25519", "commit 'cccccccccc"]),
    ],
)
async def test_what_the_mode_asks_for_is_verified_and_told(mode, recorded, lines):
    verdict = await verification().of(wanting(mode), found())

    assert verdict.failure is None
    assert (verdict.mark.status, verdict.mark.reason) == ("True", "Succeeded")
    head, *said = verdict.mark.message.split("\n\t- ")
    assert head == "verified signature of"
    assert [line[:18] for line in said] == [line[:18] for line in lines]
    assert all("with key 'SHA256:" in line for line in said)
    assert verdict.mode == recorded


UNSIGNED = b"tree 1\nauthor a\ncommitter c\n\nm"


@pytest.mark.parametrize(
    ("mode", "what", "kind", "reason"),
    [
        ("HEAD", {"commit": UNSIGNED}, Retryable, "InvalidCommitSignature"),
        ("HEAD", {"commit": signed.commit("pgp-ed25519")}, Retryable, "InvalidCommitSignature"),
        ("TagAndHEAD", {"commit": UNSIGNED}, Retryable, "InvalidCommitSignature"),
        ("Tag", {"reference": "refs/heads/main", "tag": b""}, Stalled, "InvalidVerificationMode"),
        ("Tag", {"reference": "", "tag": b""}, Stalled, "InvalidVerificationMode"),
        ("Tag", {"tag": b""}, Retryable, "InvalidGitObject"),
        ("Tag", {"tag": b"object 1\ntype commit\ntag x\n\nm"}, Retryable, "InvalidGitObject"),
        ("Tag", {"tag": signed.tag("pgp-ed25519")}, Retryable, "InvalidTagSignature"),
        ("Tag", {"reference": "refs/tags/v2"}, Retryable, "InvalidTagSignature"),
    ],
)
async def test_what_falls_short_says_why(mode, what, kind, reason):
    verdict = await verification().of(wanting(mode), found(**what))

    assert isinstance(verdict.failure, kind)
    assert verdict.failure.reason == reason
    assert verdict.mark == Mark("False", reason, verdict.failure.message)


async def test_keys_that_are_missing_or_broken_are_a_failure_of_their_own():
    missing, broken = verification(), verification()
    missing.secrets.broken = True
    broken.secrets.keys = {"a.asc": "c4n4ry"}

    for one in (missing, broken):
        verdict = await one.of(wanting("HEAD"), found())

        assert verdict.failure.reason == verdict.mark.reason == "VerificationError"
        assert "c4n4ry" not in verdict.mark.message


async def test_nothing_is_asked_where_no_signature_is_wanted():
    assert await verification().of(repository(), found()) is None


async def test_what_was_verified_is_verified_again_only_where_mode_or_keys_or_revision_change():
    one = verification()
    await one.of(wanting("HEAD"), found())
    same = await one.of(wanting("HEAD", "HEAD"), found())
    other_mode = await one.of(wanting("Tag", "HEAD"), found())
    again = await one.of(wanting("Tag", "Tag"), found())
    one.secrets.keys = signed.key("pgp-ed25519")
    other_keys = await one.of(wanting("Tag", "Tag"), found())
    still = await one.of(wanting("Tag", "Tag"), found())

    assert (same, again) == (None, None)
    assert other_mode.failure is None
    assert other_keys.failure.reason == still.failure.reason == "InvalidTagSignature"
