from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.git.credential import Credential, Secret
from shared.git.error import GitError, InvalidCredential
from shared.git.tls import context_of
from tests.fake.certificates import Authority, server_context
from tests.fake.git_remote import Repository, serving
from tests.fake.git_wish import Asking, content

OURS, THEIRS = Authority("ours"), Authority("theirs")


@contextmanager
def secured(
    tmp_path: Path, repository: Repository, *, days: int = 1, trusted: str = ""
) -> Iterator[Asking]:
    repository.commit({"a.yaml": "one"})
    context = server_context(OURS.sign(days=days), tmp_path, trusted)
    with serving(tmp_path / "remote", context) as server:
        yield Asking(tmp_path, server.of(repository))


async def test_an_authority_of_ones_own_is_trusted_where_it_is_given(tmp_path, repository):
    with secured(tmp_path, repository) as asking:
        checkout = await asking.checkout(credential=Credential(authority=OURS.certificate))

        assert content(checkout) == {"a.yaml": b"one"}


@pytest.mark.parametrize("authority", ["", THEIRS.certificate], ids=["none", "another"])
async def test_a_server_that_nobody_vouches_for_is_not_talked_to(tmp_path, repository, authority):
    with secured(tmp_path, repository) as asking, pytest.raises(GitError, match=r"TLS: .*verify"):
        await asking.checkout(credential=Credential(authority=authority))


async def test_a_certificate_that_has_expired_is_not_taken(tmp_path, repository):
    ours = Credential(authority=OURS.certificate)
    with (
        secured(tmp_path, repository, days=-1) as asking,
        pytest.raises(GitError, match=r"TLS: .*expired"),
    ):
        await asking.checkout(credential=ours)


async def test_a_client_certificate_is_shown(tmp_path, repository):
    us = THEIRS.sign("us")
    with secured(tmp_path, repository, trusted=THEIRS.certificate) as asking:
        with pytest.raises(GitError):
            await asking.checkout(credential=Credential(authority=OURS.certificate))
        checkout = await asking.checkout(
            credential=Credential(
                authority=OURS.certificate, certificate=us.certificate, key=Secret(us.key)
            )
        )

        assert content(checkout) == {"a.yaml": b"one"}


ONE, OTHER = OURS.sign(), OURS.sign()


@pytest.mark.parametrize(
    "credential",
    [
        Credential(authority="no certificate"),
        Credential(certificate=ONE.certificate),
        Credential(key=Secret(ONE.key)),
        Credential(certificate=ONE.certificate, key=Secret(OTHER.key)),
        Credential(certificate="no certificate", key=Secret("c4n4ry")),
    ],
    ids=["authority", "no key", "no certificate", "another's key", "nonsense"],
)
def test_certificates_that_cannot_be_used_are_said_without_quoting_them(credential):
    with pytest.raises(InvalidCredential, match="TLS certificates cannot be used") as refusal:
        context_of(credential)

    assert "c4n4ry" not in str(refusal.value)
