"""Signatures as `ssh-keygen -Y sign` makes them (OpenSSH's PROTOCOL.sshsig). Pure.

On `cryptography`: Ed25519, ECDSA and RSA with SHA-2. Keys on security tokens and certificates are
not understood.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import SSHPublicKeyTypes, load_ssh_public_key

from shared.git.error import SignatureError

NAMESPACE = b"git"
SMALLEST_RSA = 2_048

_MAGIC = b"SSHSIG"
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_RSA: dict[bytes, hashes.HashAlgorithm] = {
    b"rsa-sha2-256": hashes.SHA256(),
    b"rsa-sha2-512": hashes.SHA512(),
}
_CURVES: dict[bytes, hashes.HashAlgorithm] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
    b"ecdsa-sha2-nistp521": hashes.SHA512(),
}
_KINDS = frozenset({b"ssh-ed25519", b"ssh-rsa", *_CURVES})


class _Strings:
    """Reads SSH's strings: four bytes of length, and so many bytes."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def take(self, size: int) -> bytes:
        taken, self._left = self._left[:size], self._left[size:]
        if len(taken) != size:
            raise SignatureError("the SSH signature ends too early")
        return taken

    def next(self) -> bytes:
        return self.take(int.from_bytes(self.take(4)))

    def number(self) -> int:
        return int.from_bytes(self.next(), signed=True)

    def finish(self) -> None:
        if self._left:
            raise SignatureError("the SSH signature goes on after its end")


@dataclass(frozen=True, slots=True)
class SshKey:
    """A public key of somebody who is trusted, as SSH writes it."""

    blob: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:<base64>`, as `ssh-keygen -l` prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"


def keys_of(text: str) -> list[SshKey]:
    """The keys of a file of authorised keys. Lines with keys of other kinds are passed over, and
    so are lines for certificates."""
    found = []
    for line in text.splitlines():
        words = line.split()
        kinds = [at for at, word in enumerate(words[:-1]) if word.encode() in _KINDS]
        if kinds and not line.lstrip().startswith(("#", "cert-authority", "@")):
            try:
                blob = base64.b64decode(words[kinds[0] + 1], validate=True)
            except binascii.Error:
                continue
            found.append(SshKey(blob))
    return found


def verify(payload: bytes, armoured: bytes, keys: list[SshKey]) -> str:
    """The fingerprint of the key that signed. Raises SignatureError where none of the keys did."""
    fields = _Strings(_unarmoured(armoured))
    if fields.take(len(_MAGIC)) != _MAGIC or int.from_bytes(fields.take(4)) != 1:
        raise SignatureError("the SSH signature is of a version that is not known")
    blob, namespace, reserved = fields.next(), fields.next(), fields.next()
    algorithm, signature = fields.next(), fields.next()
    fields.finish()
    if namespace != NAMESPACE:
        raise SignatureError("the SSH signature was made for something else than Git")
    if algorithm not in _HASHES:
        raise SignatureError("the SSH signature uses a hash that is not taken")
    key = next((key for key in keys if key.blob == blob), None)
    if key is None:
        signer = SshKey(blob).fingerprint
        raise SignatureError(f"it is signed with the SSH key {signer}, which is not trusted")
    digest = _HASHES[algorithm](payload).digest()
    message = _MAGIC + b"".join(map(_string, (namespace, reserved, algorithm, digest)))
    _check(key, message, signature)
    return key.fingerprint


def _check(key: SshKey, message: bytes, signature: bytes) -> None:
    fields = _Strings(signature)
    algorithm, value = fields.next(), fields.next()
    fields.finish()
    try:
        kind = _Strings(key.blob).next()
        loaded = load_ssh_public_key(kind + b" " + base64.b64encode(key.blob))
        _check_with(loaded, message, algorithm, value)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise SignatureError("the SSH signature is not one of this content") from None


def _check_with(key: SSHPublicKeyTypes, message: bytes, algorithm: bytes, value: bytes) -> None:
    match key:
        case Ed25519PublicKey() if algorithm == b"ssh-ed25519":
            key.verify(value, message)
        case rsa.RSAPublicKey() if algorithm in _RSA and key.key_size >= SMALLEST_RSA:
            key.verify(value, message, padding.PKCS1v15(), _RSA[algorithm])
        case ec.EllipticCurvePublicKey() if algorithm in _CURVES:
            numbers = _Strings(value)
            pair = encode_dss_signature(numbers.number(), numbers.number())
            numbers.finish()
            key.verify(pair, message, ec.ECDSA(_CURVES[algorithm]))
        case _:
            raise SignatureError("the SSH signature uses an algorithm that is not taken")


def _unarmoured(text: bytes) -> bytes:
    lines = text.strip().split(b"\n")
    if lines[0].strip() != _BEGIN or lines[-1].strip() != _END:
        raise SignatureError("the SSH signature is not in its armour, or something follows it")
    try:
        return base64.b64decode(b"".join(line.strip() for line in lines[1:-1]), validate=True)
    except binascii.Error:
        raise SignatureError("the SSH signature is no base64") from None


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value
