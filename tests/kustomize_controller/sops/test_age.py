from __future__ import annotations

import base64

import pytest

from kustomize_controller.sops import age
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import document, entry

SEALED = document("regex-secret.yaml").metadata.groups[0][0].sealed
OWN = age.identities(entry("one.agekey").decode())
BEGIN, *BODY, END = SEALED.strip().splitlines()
CONTENT = base64.b64decode("".join(BODY))


def armoured(content: bytes) -> str:
    return f"{BEGIN}\n{base64.b64encode(content).decode()}\n{END}\n"


def test_a_file_is_opened_by_its_recipient() -> None:
    assert len(age.opened(SEALED, OWN)) == 32
    assert age.opened(armoured(CONTENT), OWN) == age.opened(SEALED, OWN)


def test_a_hybrid_key_opens_what_was_made_for_it_and_nothing_else() -> None:
    key = age.identities(entry("hybrid.agekey").decode())
    sealed = document("hybrid-secret.yaml").metadata.groups[0][0].sealed

    assert len(age.opened(sealed, [*OWN, *key])) == 32
    with pytest.raises(SopsProblem, match="none of the age keys fits"):
        age.opened(sealed, OWN)
    with pytest.raises(SopsProblem, match="none of the age keys fits"):
        age.opened(SEALED, key)


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "x",
        f"{BEGIN}\n{END}",
        f"{BEGIN}\n!\n{END}",
        armoured(CONTENT[:20]),
        armoured(CONTENT[:-1]),
        armoured(CONTENT[:-1] + b"x"),
        armoured(CONTENT.replace(b"org/v1", b"org/v2")),
        armoured(CONTENT.replace(b"X25519", b"scrypt")),
        armoured(CONTENT.replace(b"--- ", b"--- A")),
        armoured(CONTENT.replace(b"-> X", b"-> a b\n\n-> X")),
        armoured(CONTENT.replace(b"X25519 ", b"X25519 A")),
        "x" * (2 << 20),
    ],
)
def test_anything_else_is_refused(sealed: str) -> None:
    with pytest.raises(SopsProblem):
        age.opened(sealed, OWN)


def test_keys_are_in_no_repr() -> None:
    assert "SECRET" not in repr(OWN)
    assert "object at" in repr(OWN[0])
