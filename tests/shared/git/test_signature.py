from __future__ import annotations

import pytest

from shared.git.error import SignatureError
from shared.git.signature import SSH, Signed, name_of_tag, of_commit, of_tag
from tests.fake import signed

HEAD = b"tree 1\nauthor a\ncommitter c"


def test_the_signature_of_a_commit_is_cut_out_of_its_headers():
    raw = HEAD + b"\ngpgsig A\n \n B\nencoding x\n\ngpgsig in the message\n"

    assert of_commit(raw) == Signed(HEAD + b"\nencoding x\n\ngpgsig in the message\n", b"A\n\nB")


def test_what_was_signed_for_another_hash_is_cut_out_too():
    assert of_commit(HEAD + b"\ngpgsig A\ngpgsig-sha256 B\n C\n\nm") == Signed(
        HEAD + b"\n\nm", b"A"
    )


def test_a_commit_without_a_signature_is_whole():
    assert of_commit(HEAD + b"\n\nm") == Signed(HEAD + b"\n\nm", b"")


@pytest.mark.parametrize(
    "raw",
    [
        b"author a\ntree 1\ncommitter c\n\nm",
        HEAD + b"\ntree 2\n\nm",
        HEAD + b"\ngpgsig A\ngpgsig B\n\nm",
        HEAD + b"\nauthor b\n\nm",
    ],
)
def test_a_commit_that_can_be_read_in_more_than_one_way_is_refused(raw):
    with pytest.raises(SignatureError, match="in more than one way"):
        of_commit(raw)


def test_the_signature_of_a_tag_is_its_end():
    found = of_tag(signed.tag("ssh-ed25519"))

    assert found.signature.startswith(SSH)
    assert found.payload.endswith(b"A release\n")
    assert found.payload + found.signature == signed.tag("ssh-ed25519")
    assert of_tag(b"object 1\n\nm") == Signed(b"object 1\n\nm", b"")


def test_a_tag_knows_its_name():
    assert name_of_tag(signed.tag("ssh-ed25519")) == "v-ssh-ed25519"
    with pytest.raises(SignatureError):
        name_of_tag(b"object 1\ntag a\ntype commit\n\nm")
