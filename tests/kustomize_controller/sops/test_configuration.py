from __future__ import annotations

import pytest

from kustomize_controller.sops.configuration import key_in, settings_in
from kustomize_controller.sops.value import SopsProblem


@pytest.mark.parametrize(
    "content",
    [
        b"a: b\nc: 1\n",
        b'{"a": "b"}',
        "a: b".encode("utf-16"),
        b"\xfe\xff" + "a: b".encode("utf-16-be"),
    ],
)
def test_texts_of_a_mapping_are_read(content: bytes) -> None:
    assert settings_in(content) == {"a": "b"}


def test_keys_come_in_two_kinds_of_base64() -> None:
    assert key_in("+/8=", "x") == key_in("-_8", "x", in_url=True) == b"\xfb\xff"


@pytest.mark.parametrize("said", [None, "", 1, "CANARY!"])
def test_anything_else_is_no_key(said: object) -> None:
    with pytest.raises(SopsProblem, match=r"^Vault answers") as refusal:
        key_in(said, "Vault")

    assert "CANARY" not in str(refusal.value)
