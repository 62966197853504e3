from __future__ import annotations

import pytest

from kustomize_controller.sops.key_entry import digest_of, keyring_of, only_age
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import entry, reach

END = b"\n-----END PGP PRIVATE KEY BLOCK-----"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.agekey", b"# a comment\nAGE-SECRET-KEY-1CANARYCANARY\n"),
        ("x.agekey", b"CANARY"),
        ("x.agekey", b"AGE-PLUGIN-CANARY-1QQQQ"),
        ("x.agekey", entry("one.agekey").replace(b"AGE-SECRET", b"AGE-sECRET")),
        ("x.agekey", entry("one.agekey")[:-3] + b"\n"),
        ("x.asc", b"CANARY"),
        (
            "x.asc",
            b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nCANARY!" + END,
        ),
        ("x.asc", entry("rsa.asc")[:600] + END),
        ("x.asc", b""),
    ],
)
def test_e04_an_entry_that_cannot_be_used_is_named_and_not_quoted(name: str, content) -> None:
    with pytest.raises(SopsProblem, match=r"entry x\.\w+ of Secret/keys") as refusal:
        keyring_of({name: content}, "Secret/keys", reach())

    assert "CANARY" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_entries_of_other_names_are_left_alone() -> None:
    assert not keyring_of(
        {"readme.md": b"x", "sops.unknown": b"y"}, "Secret/keys", reach()
    ).services


def test_only_age_keys_count_for_all() -> None:
    entries = {"a.agekey": b"1", "b.asc": b"2", "sops.vault-token": b"3"}

    assert only_age(entries) == {"a.agekey": b"1"}


def test_other_entries_are_another_keyring() -> None:
    assert digest_of({"a": b"bc"}) != digest_of({"ab": b"c"})
    assert digest_of({"a": b"1", "b": b"2"}) == digest_of({"b": b"2", "a": b"1"})
