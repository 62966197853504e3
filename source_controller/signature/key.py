"""Public keys, and what was signed with them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from source_controller.signature.problem import InvalidTrust

SUFFIX = ".pub"
SMALLEST_RSA = 2_048
MOST = 100
_LONGEST = 64 * 1024

Key = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


def keys_of(entries: Mapping[str, str]) -> list[Key]:
    """The keys of a Secret, under names that end in `.pub`. Raises InvalidTrust where one cannot be
    read, or there is none."""
    named = {name: text for name, text in entries.items() if name.endswith(SUFFIX)}
    if not named or len(named) > MOST:
        raise InvalidTrust(
            f"the secret has no keys under names that end in '{SUFFIX}', or too many"
        )
    return [_key(name, text) for name, text in named.items()]


def is_signed(key: Key, signature: bytes, data: bytes) -> bool:
    """Whether a signature over data was made with the private key of a public one: ECDSA and RSA
    (PKCS #1 v1.5) with SHA-256, as cosign makes them, or Ed25519."""
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPublicKey():
                key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            case ed25519.Ed25519PublicKey():
                key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _key(name: str, text: str) -> Key:
    try:
        key = load_pem_public_key(text.encode()) if len(text) <= _LONGEST else None
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidTrust(f"'{name}' is no public key in PEM") from None
    if not isinstance(key, Key):
        raise InvalidTrust(f"'{name}' has to be an ECDSA, RSA or Ed25519 key")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA:
        raise InvalidTrust(f"'{name}' is an RSA key of less than {SMALLEST_RSA} bits")
    return key
