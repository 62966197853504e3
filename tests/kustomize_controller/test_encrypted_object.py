from __future__ import annotations

import base64

import pytest

from kustomize_controller.encrypted_object import Committed, EncryptedObject
from kustomize_controller.sops.value import SopsProblem
from shared.manifest.document import parse
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree
from tests.fake.sops import data_key, encrypted

NAME = "regex-secret.yaml"


def secret(**entries: bytes) -> Manifest:
    data = {key: base64.b64encode(value).decode() for key, value in entries.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data}


def whole() -> Manifest:
    [manifest] = parse(encrypted(NAME), path="")
    return manifest


def test_any_kind_may_be_encrypted_as_a_whole() -> None:
    found = EncryptedObject.of(whole() | {"kind": "ConfigMap"})

    assert found.decrypted([data_key(NAME)], None)["stringData"]["user"] == "admin"


def test_entries_only_of_a_secret() -> None:
    content = encrypted("age-words.txt")

    assert len(EncryptedObject.of(secret(a=content, b=b"plain")).documents()) == 1
    assert EncryptedObject.of(secret(a=content) | {"kind": "ConfigMap"}).documents() == ()
    assert EncryptedObject.of(secret() | {"data": {"a": "no base64"}}).documents() == ()


def test_what_is_not_encrypted_is_handed_back() -> None:
    manifest = secret(a=b"plain")

    assert EncryptedObject.of(manifest).decrypted([], Committed(Tree({}), [])) is manifest


def test_an_entry_that_was_changed_is_refused() -> None:
    content = encrypted("age-config.json").replace(b"{\n", b'{\n"x_unencrypted": "y",\n', 1)
    found = EncryptedObject.of(secret(**{"a.json": content}))

    with pytest.raises(SopsProblem, match=r"Secret/s: data\.a\.json: MAC mismatch"):
        found.decrypted([data_key("age-config.json")], Committed(Tree({}), []))
    assert found.decrypted([data_key("age-config.json")], None)


def test_of_an_object_whose_file_is_not_there_nothing_can_be_told() -> None:
    changed = whole() | {"type": "other"}
    found = EncryptedObject.of(changed)

    assert found.decrypted([data_key(NAME)], Committed(Tree({}), []))


@pytest.mark.parametrize("noise", [b"mac: ENC[", b"\xffmac: ENC[", b"a: [\nmac: ENC["])
def test_files_that_only_look_encrypted_are_passed_over(noise: bytes) -> None:
    tree = Tree({"a.yaml": encrypted(NAME), "b.yaml": noise})

    assert EncryptedObject.of(whole()).decrypted([data_key(NAME)], Committed(tree, tree))


def test_e03_the_file_of_an_object_cannot_hide_by_being_unreadable() -> None:
    tree = Tree({"a.yaml": encrypted(NAME) + b"---\n- x\n"})

    with pytest.raises(SopsProblem, match=r"a\.yaml: cannot be read as SOPS wrote it"):
        EncryptedObject.of(whole()).decrypted([data_key(NAME)], Committed(tree, tree))
