"""One public key of OpenPGP, and whether a signature is its. Pure, on `cryptography`.

RSA from 2048 bits on, ECDSA on NIST's curves, Ed25519. Older kinds are not understood.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from shared.git.openpgp_signature import Signature
from shared.openpgp.packet import Fields
from shared.openpgp.problem import OpenPgpProblem

SMALLEST_RSA = 2_048
SHA1 = 2

_RSA, _ECDSA, _EDDSA = (1, 3), 19, 22
_CURVE = bytes.fromhex("2b06010401da470f01")
_CURVES: dict[bytes, ec.EllipticCurve] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
}
_HASHES: dict[int, hashes.HashAlgorithm] = {
    # For what a key says of itself only.
    SHA1: hashes.SHA1(),
    8: hashes.SHA256(),
    9: hashes.SHA384(),
    10: hashes.SHA512(),
    11: hashes.SHA224(),
}

Verifier = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as its packet has it. `made`: seconds since 1970. `verifier`: None for a kind that is
    not understood."""

    body: bytes
    made: int
    algorithm: int
    verifier: Verifier | None

    @property
    def key_id(self) -> str:
        """The last sixteen digits of the fingerprint."""
        return hashlib.sha1(self.framed, usedforsecurity=False).hexdigest()[-16:]

    @property
    def framed(self) -> bytes:
        """The key as it is hashed."""
        return b"\x99" + len(self.body).to_bytes(2) + self.body

    def has_signed(self, content: bytes, signature: Signature) -> bool:
        """Whether a signature over some content is this key's."""
        algorithm = _HASHES.get(signature.hash_id)
        if algorithm is None or self.verifier is None or signature.algorithm != self.algorithm:
            return False
        trailer = b"\x04\xff" + len(signature.hashed).to_bytes(4)
        digest = hashlib.new(algorithm.name, content + signature.hashed + trailer).digest()
        if digest[:2] != signature.start:
            return False
        try:
            _check(
                self.verifier, Fields(signature.value.body[signature.value.at :]), digest, algorithm
            )
        except (InvalidSignature, UnsupportedAlgorithm, ValueError, OpenPgpProblem):
            return False
        return True


def key_of(body: bytes) -> PublicKey | None:
    """A key; None for one of a version that is not understood."""
    fields = Fields(body)
    if fields.number() != 4:
        return None
    made, algorithm = fields.number(4), fields.number()
    try:
        verifier = _verifier(fields, algorithm)
    except (ValueError, UnsupportedAlgorithm):
        verifier = None
    return PublicKey(body, made, algorithm, verifier)


def _verifier(fields: Fields, algorithm: int) -> Verifier | None:
    if algorithm in _RSA:
        modulus, exponent = fields.long(), fields.long()
        key = rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus)).public_key()
        return key if key.key_size >= SMALLEST_RSA else None
    if algorithm not in {_ECDSA, _EDDSA}:
        return None
    curve, point = fields.take(fields.number()), fields.long()
    if algorithm == _EDDSA:
        is_known = curve == _CURVE
        return Ed25519PublicKey.from_public_bytes(point[1:]) if is_known else None
    if curve not in _CURVES:
        return None
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve], point)


def _check(key: Verifier, value: Fields, digest: bytes, algorithm: hashes.HashAlgorithm) -> None:
    """Raises InvalidSignature where the value is not the key's signature of the digest."""
    match key:
        case rsa.RSAPublicKey():
            number = value.long().rjust(key.key_size // 8, b"\0")
            key.verify(number, digest, padding.PKCS1v15(), Prehashed(algorithm))
        case ec.EllipticCurvePublicKey():
            pair = encode_dss_signature(int.from_bytes(value.long()), int.from_bytes(value.long()))
            key.verify(pair, digest, ec.ECDSA(Prehashed(algorithm)))
        case Ed25519PublicKey():
            halves = (value.long().rjust(32, b"\0"), value.long().rjust(32, b"\0"))
            key.verify(b"".join(halves), digest)
    if not value.is_over:
        raise InvalidSignature
