from __future__ import annotations

from kustomize_controller.sops import age, openpgp_key
from kustomize_controller.sops.service import AgeKeys, OpenPgpKeys
from tests.fake.sops import document, entry


async def test_keys_at_hand_open_what_was_sealed_for_them() -> None:
    ages = AgeKeys(age.identities(entry("one.agekey").decode()))
    pgp = OpenPgpKeys(openpgp_key.subkeys(entry("rsa.asc")))

    assert len(await ages.open(document("regex-secret.yaml").metadata.groups[0][0])) == 32
    assert len(await pgp.open(document("rsa-secret.yaml").metadata.groups[0][0])) == 32


def test_they_are_in_no_repr() -> None:
    assert repr(AgeKeys(())) == "AgeKeys()"
    assert repr(OpenPgpKeys(())) == "OpenPgpKeys()"
