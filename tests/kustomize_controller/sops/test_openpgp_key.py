from __future__ import annotations

import pytest

from kustomize_controller.sops.openpgp_key import subkeys
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import FOLDER, entry


@pytest.mark.parametrize(
    ("name", "number"), [("rsa.asc", 2), ("curve.asc", 2), ("expired.asc", 2), ("nist.asc", 1)]
)
def test_all_keys_that_can_decrypt_are_read(name: str, number: int) -> None:
    found = subkeys(entry(name))

    assert len(found) == number
    assert all(len(key.fingerprint) == 40 for key in found)


def test_keys_are_in_no_repr() -> None:
    for name in ("rsa.asc", "curve.asc"):
        assert "Key(" not in repr(subkeys(entry(name)))


def test_several_keys_may_be_in_one_file() -> None:
    assert len(subkeys(entry("rsa.asc") + entry("curve.asc"))) == 4


def test_a_key_with_a_passphrase_is_refused() -> None:
    with pytest.raises(SopsProblem, match="passphrase"):
        subkeys((FOLDER / "refused/passphrase.asc").read_bytes())
