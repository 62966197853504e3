from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kustomize_controller.sops.cipher import opened
from kustomize_controller.sops.value import Comment, SopsProblem

KEY = bytes(range(32))


def sealed(plain: bytes, kind: str, path: str = "a:") -> str:
    """A value as SOPS encrypts it."""
    iv = bytes(32)
    both = AESGCM(KEY).encrypt(iv, plain, path.encode())
    data, tag, nonce = (base64.b64encode(x).decode() for x in (both[:-16], both[-16:], iv))
    return f"ENC[AES256_GCM,data:{data},iv:{nonce},tag:{tag},type:{kind}]"


@pytest.mark.parametrize(
    ("plain", "kind", "expect"),
    [
        (b"text", "str", "text"),
        (b"42", "int", 42),
        (b"1.5", "float", 1.5),
        (b"True", "bool", True),
        (b"false", "bool", False),
        (b"2001-12-14T21:59:43Z", "time", "2001-12-14T21:59:43Z"),
        (b"\xff", "bytes", "\udcff"),
    ],
)
def test_a_value_has_the_type_that_it_had(plain: bytes, kind: str, expect: object) -> None:
    found = opened(sealed(plain, kind), KEY, "a:")

    assert found == expect
    assert type(found) is type(expect) or isinstance(found, str)


def test_a_comment_is_one() -> None:
    found = opened(sealed(b" why", "comment"), KEY, "a:")

    assert isinstance(found, Comment)
    assert found.text == " why"


def test_nothing_hides_nothing() -> None:
    assert opened("", KEY, "a:") == ""


@pytest.mark.parametrize(
    ("text", "key", "path", "says"),
    [
        ("CANARY", KEY, "a:", "is not encrypted"),
        (sealed(b"CANARY", "str"), KEY, "b:", "cannot be decrypted"),
        (sealed(b"CANARY", "str"), KEY[::-1], "a:", "cannot be decrypted"),
        (sealed(b"CANARY", "str"), KEY[:5], "a:", "has 5 bytes"),
        (sealed(b"CANARY", "int"), KEY, "a:", "does not hold what its type says: int"),
        (sealed(b"CANARY", "bool"), KEY, "a:", "does not hold what its type says: bool"),
        (sealed(b"CANARY", "other"), KEY, "a:", "type that is not known: other"),
        (sealed(b"", "str").replace("tag:", "tag:AAAA"), KEY, "a:", "wrong length"),
    ],
)
def test_what_does_not_open_says_nothing_of_what_is_in_it(text, key, path, says) -> None:
    with pytest.raises(SopsProblem, match=says) as refusal:
        opened(text, key, path)

    assert "CANARY" not in str(refusal.value)
    assert refusal.value.__cause__ is None
