from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.cloud.assertion import in_url, private_key
from shared.cloud.error import CloudError


def test_base64_for_urls_has_no_padding() -> None:
    assert in_url(b"\xfb\xff") == "-_8"


@pytest.mark.parametrize("kind", ["nonsense", "curve"])
def test_only_rsa_keys_sign(kind: str) -> None:
    pem = "CANARY"
    if kind == "curve":
        pem = (
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            .decode()
        )

    with pytest.raises(CloudError) as refusal:
        private_key(pem)

    assert "CANARY" not in str(refusal.value)
