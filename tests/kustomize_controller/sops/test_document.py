"""Whole documents: what the real `sops` gives back, and what must not open."""

from __future__ import annotations

import re

import pytest

from kustomize_controller.sops.format import YAML, format_of_name
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import FILES, data_key, document, encrypted, expected

SECRET = "regex-secret.yaml"
MAC = re.compile(rb"mac: ENC\[[^\n]*")


@pytest.mark.parametrize("name", FILES)
def test_a_file_becomes_what_sops_makes_of_it(name: str) -> None:
    kind = format_of_name(name)

    plain = document(name).decrypted(data_key(name), verify=True)

    assert kind.emit(plain) == expected(name)


@pytest.fixture(scope="module")
def key() -> bytes:
    return data_key(SECRET)


def opened(content: bytes, key: bytes, *, verify: bool = True) -> object:
    return YAML.document(content).decrypted(key, verify=verify)


def test_e01_one_changed_byte_is_found_and_its_place_is_named(key: bytes) -> None:
    content = re.sub(rb"(password: ENC\[AES256_GCM,data:)(.)", _other, encrypted(SECRET))

    with pytest.raises(SopsProblem, match=r"stringData\.password: cannot be decrypted") as refusal:
        opened(content, key)

    assert "correct" not in str(refusal.value)
    assert "admin" not in str(refusal.value)


def test_e02_values_cannot_trade_places(key: bytes) -> None:
    content = encrypted(SECRET)
    user, password = (
        re.search(rb"%s: (ENC[^\n]*)" % name, content)[1] for name in (b"user", b"password")
    )
    swapped = content.replace(user, b"#").replace(password, user).replace(b"#", password)

    with pytest.raises(SopsProblem, match=r"stringData\.user"):
        opened(swapped, key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"app: web", b"app: other"),
        (b"type: Opaque\n", b"type: Opaque\nimmutable: true\n"),
        (b"type: Opaque\n", b""),
        (rb"    user: ENC[^\n]*\n", b""),
        (rb"mac: ENC\[[^\n]*", b"mac: ''"),
        (rb"    mac: ENC\[[^\n]*\n", b""),
    ],
    ids=["changed", "added", "deleted", "encrypted deleted", "empty MAC", "no MAC"],
)
def test_e03_what_is_not_as_it_was_encrypted_is_told(key: bytes, old, new) -> None:
    content = re.sub(old, new, encrypted(SECRET), count=1)
    assert content != encrypted(SECRET)

    with pytest.raises(SopsProblem, match="MAC mismatch"):
        opened(content, key)

    assert opened(content, key, verify=False)


def test_e03_the_order_of_a_list_counts() -> None:
    content = encrypted("age-types.yaml").decode()
    first, second = re.findall(r"^    - (ENC[^\n]*)$", content, re.MULTILINE)[:2]
    swapped = content.replace(first, "#").replace(second, first).replace("#", second)

    with pytest.raises(SopsProblem, match="MAC mismatch"):
        opened(swapped.encode(), data_key("age-types.yaml"))


def test_e03_the_mac_of_another_file_is_none(key: bytes) -> None:
    other = MAC.search(encrypted("suffix-secret.yaml"))[0]
    content = MAC.sub(lambda _: other, encrypted(SECRET))

    with pytest.raises(SopsProblem, match="cannot be decrypted"):
        opened(content, key)


def test_a_mac_of_the_encrypted_values_alone_lets_the_others_change() -> None:
    content = encrypted("only-secret.yaml").replace(b"app: web", b"app: other")

    assert opened(content, data_key("only-secret.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (rb"lastmodified: [^\n]*", b"lastmodified: yesterday", "lastmodified is no time"),
        (rb"iv:[^,]*", b"iv:AAAA", "wrong length"),
        (rb"iv:[^,]*", b"iv:" + b"A" * 1000, "wrong length"),
        (rb",data:[^,]*", b",data:!", "is not encrypted, and should be"),
        (rb",data:[^,]*", b",data:A", "base64"),
        (rb"type:str", b"type:yaml", "type that is not known"),
        (rb"encrypted_regex: [^\n]*", b"encrypted_regex: '('", "no regular expression"),
        (
            rb"encrypted_regex: [^\n]*",
            b"encrypted_suffix: a\n    encrypted_regex: b",
            "more than one",
        ),
        (rb"user: ENC[^\n]*", b"user: plain", r"stringData\.user: is not encrypted"),
        (rb"user: ENC[^\n]*", b"user: 5", r"stringData\.user: is not encrypted"),
    ],
)
def test_e09_malformed_documents_are_refused_without_a_word_of_them(
    key: bytes, old, new, says: str
) -> None:
    content = re.sub(old, new, encrypted(SECRET), count=1)

    with pytest.raises(SopsProblem, match=says) as refusal:
        opened(content, key)

    assert "plain" not in str(refusal.value)


def test_e09_other_versions_and_nested_metadata_are_taken(key: bytes) -> None:
    content = re.sub(rb"version: [^\n]*", b"version: '99'", encrypted(SECRET))

    assert opened(content, key)
    with pytest.raises(SopsProblem, match="MAC mismatch"):
        opened(content.replace(b"labels:\n", b"labels:\n        sops: x\n"), key)


def _other(found: re.Match[bytes]) -> bytes:
    return found[1] + (b"B" if found[2] == b"A" else b"A")
