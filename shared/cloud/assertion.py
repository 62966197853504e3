"""Signed statements (JSON Web Tokens) by which a client shows a cloud who it is. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.cloud.error import CloudError


def private_key(pem: str) -> rsa.RSAPrivateKey:
    """The RSA key in a PEM text. Raises CloudError."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise CloudError("holds no private key in PEM without a passphrase") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CloudError("holds a private key that is not RSA")
    return key


def assertion(
    key: rsa.RSAPrivateKey, header: Mapping[str, object], claims: Mapping[str, object]
) -> str:
    """A statement signed by RS256."""
    whole = {"alg": "RS256", "typ": "JWT", **header}
    text = f"{in_url(orjson.dumps(whole))}.{in_url(orjson.dumps(dict(claims)))}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{in_url(signature)}"


def in_url(content: bytes) -> str:
    """Base64 for URLs, without its padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
