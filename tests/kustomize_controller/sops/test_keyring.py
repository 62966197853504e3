from __future__ import annotations

import pytest

from kustomize_controller.sops.key_entry import keyring_of
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import FILES, document, entry, keyring, reach

NOBODYS = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("age-secret.yaml", ("one.agekey",)),
        ("many-secret.yaml", ("two.agekey",)),
        ("many-secret.yaml", ("one.agekey", "two.agekey")),
        ("hybrid-secret.yaml", ("hybrid.agekey",)),
        ("rsa-secret.yaml", ("rsa.asc",)),
        ("curve-secret.yaml", ("curve.asc", "rsa.asc")),
        ("groups-secret.yaml", ("one.agekey", "three.agekey")),
        ("groups-secret.yaml", ("two.agekey", "three.agekey")),
    ],
)
async def test_a_key_that_fits_opens(name: str, keys: tuple[str, ...]) -> None:
    found = await keyring(*keys).data_key(document(name).metadata)

    assert document(name).decrypted(found, verify=True)


@pytest.mark.parametrize(
    ("name", "keys", "says"),
    [
        ("age-secret.yaml", ("two.agekey",), r"age key age1\w+: none of the age keys fits"),
        ("age-secret.yaml", ("rsa.asc",), r"has no entry ending in \.agekey"),
        ("rsa-secret.yaml", ("curve.asc",), r"pgp key \w+: none of the OpenPGP keys fits"),
        ("rsa-secret.yaml", ("one.agekey",), r"has no entry ending in \.asc"),
        ("hybrid-secret.yaml", ("one.agekey",), "none of the age keys fits"),
    ],
)
async def test_e04_a_key_that_does_not_is_told(name: str, keys, says: str) -> None:
    with pytest.raises(SopsProblem, match=says):
        await keyring(*keys).data_key(document(name).metadata)


async def test_e08_too_few_key_groups_are_named() -> None:
    with pytest.raises(SopsProblem, match="2 of 3 key groups have to be opened, and 1 can") as told:
        await keyring("two.agekey").data_key(document("groups-secret.yaml").metadata)

    assert "key group 1: age key" in str(told.value)
    assert "key group 3: age key" in str(told.value)


async def test_e04_the_last_of_ten_identities_works() -> None:
    others = "\n".join(["# none of these"] + [NOBODYS] * 9).encode()
    ring = keyring_of({"all.agekey": others + b"\n" + entry("one.agekey")}, "Secret/keys", reach())

    assert await ring.data_key(document("age-secret.yaml").metadata)


def test_keys_are_in_no_repr() -> None:
    for name in FILES[:1]:
        assert "AGE-SECRET" not in repr(keyring())
        assert "BEGIN AGE" not in repr(document(name))
