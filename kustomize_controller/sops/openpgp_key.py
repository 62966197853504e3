"""Private keys of OpenPGP, and the session keys that were sealed for them. Pure.

Own code on the primitives of `cryptography`, since what there is for Python either is not kept any
more or opens only what one subkey of a key was made for (docs/decisions, SOPS).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from kustomize_controller.sops.value import SopsProblem
from shared.openpgp.packet import Fields, Packet, packets, unarmoured
from shared.openpgp.problem import told_as

_SECRET = (5, 7)
_RSA, _ECDH = (1, 2), 18
_DUMMY = 101
_CURVE25519 = bytes.fromhex("2b060104019755010501")
_CURVES: dict[bytes, ec.EllipticCurve] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
}
_HASHES = {8: "sha256", 9: "sha384", 10: "sha512"}
_WRAPS = {7: 16, 8: 24, 9: 32}


class PrivateKey(Protocol):
    """What opens a session key."""

    def open(self, sealed: Fields) -> bytes | None:
        """The session key with its algorithm and checksum, or None where it does not fit."""


@dataclass(frozen=True, slots=True)
class Subkey:
    """A private key with the number by which messages name it. The fingerprint is public."""

    fingerprint: str
    key: PrivateKey = field(repr=False)

    @property
    def key_id(self) -> str:
        """The last sixteen digits."""
        return self.fingerprint[-16:]


@dataclass(frozen=True, slots=True, repr=False)
class RsaKey:
    """An RSA key."""

    key: rsa.RSAPrivateKey

    def open(self, sealed: Fields) -> bytes | None:
        """The session key with its algorithm and checksum, or None where it does not fit."""
        secret = sealed.long().rjust(self.key.key_size // 8, b"\0")
        try:
            return self.key.decrypt(secret, padding.PKCS1v15())
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, repr=False)
class CurveKey:
    """A key on Curve25519 or one of NIST's curves. `parameters`: what is hashed along."""

    curve: bytes
    secret: bytes
    hash_name: str
    wrap: int
    parameters: bytes

    def open(self, sealed: Fields) -> bytes | None:
        """The session key with its algorithm and checksum, or None where it does not fit."""
        point = sealed.long()
        wrapped = sealed.take(sealed.number())
        try:
            shared = self._exchanged(point)
            seed = b"\0\0\0\1" + shared + self.parameters
            key = hashlib.new(self.hash_name, seed).digest()[: self.wrap]
            padded = aes_key_unwrap(key, wrapped)
        except (ValueError, InvalidUnwrap):
            return None
        return padded[: -padded[-1]]

    def _exchanged(self, point: bytes) -> bytes:
        if self.curve == _CURVE25519:
            own = X25519PrivateKey.from_private_bytes(self.secret.rjust(32, b"\0")[::-1])
            return own.exchange(X25519PublicKey.from_public_bytes(point.removeprefix(b"\x40")))
        curve = _CURVES[self.curve]
        other = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        return ec.derive_private_key(int.from_bytes(self.secret), curve).exchange(ec.ECDH(), other)


@told_as(SopsProblem)
def subkeys(text: bytes) -> tuple[Subkey, ...]:
    """The keys of a file that can open something, those too that have expired: they still open what
    was sealed for them. Raises SopsProblem where there are none, and for a passphrase."""
    bare = unarmoured(text)
    content = packets(text if bare is None else bare)
    found = [_subkey(packet) for packet in content if packet.tag in _SECRET]
    usable = tuple(subkey for subkey in found if subkey is not None)
    if not usable:
        raise SopsProblem("holds no private OpenPGP key that can decrypt")
    return usable


def _subkey(packet: Packet) -> Subkey | None:
    """One key; None where it signs only, or is not there (as of a card)."""
    fields = Fields(packet.body)
    if fields.number() != 4:
        raise SopsProblem("holds a key of a version that is not known: only version 4 is")
    fields.take(4)
    algorithm = fields.number()
    if algorithm not in (*_RSA, _ECDH):
        return None
    public = _public(fields, algorithm)
    body = packet.body[: fields.at]
    fingerprint = hashlib.sha1(
        b"\x99" + len(body).to_bytes(2) + body, usedforsecurity=False
    ).hexdigest()
    if not _is_there(fields):
        return None
    key = _rsa(public, fields) if algorithm in _RSA else _curve(public, fields, fingerprint)
    return Subkey(fingerprint, key) if key else None


def _public(fields: Fields, algorithm: int) -> list[bytes]:
    """The public numbers: of RSA two, of a curve its name, the point, and how keys are wrapped."""
    if algorithm in _RSA:
        return [fields.long(), fields.long()]
    return [fields.take(fields.number()), fields.long(), fields.take(fields.number())]


def _is_there(fields: Fields) -> bool:
    """Whether the private part is in the file. Raises SopsProblem where it is encrypted."""
    usage = fields.number()
    if usage == 0:
        return True
    if usage in (253, 254, 255):
        fields.take(1 + (usage == 253))
        if fields.number() == _DUMMY:
            return False
    raise SopsProblem("holds a key with a passphrase: export it without one")


def _rsa(public: list[bytes], fields: Fields) -> RsaKey:
    n, e = map(int.from_bytes, public)
    d, p, q, _ = (int.from_bytes(fields.long()) for _ in range(4))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(e, n),
    )
    try:
        return RsaKey(numbers.private_key())
    except ValueError:
        raise SopsProblem("holds an RSA key whose numbers do not belong together") from None


def _curve(public: list[bytes], fields: Fields, fingerprint: str) -> CurveKey | None:
    name, _, wrapping = public
    if name != _CURVE25519 and name not in _CURVES:
        return None
    _, hash_id, cipher = wrapping[:3]
    if hash_id not in _HASHES or cipher not in _WRAPS:
        return None
    parameters = bytes([len(name)]) + name + bytes([_ECDH, 3, 1, hash_id, cipher])
    return CurveKey(
        curve=name,
        secret=fields.long(),
        hash_name=_HASHES[hash_id],
        wrap=_WRAPS[cipher],
        parameters=parameters + b"Anonymous Sender    " + bytes.fromhex(fingerprint),
    )


def session_key(content: list[Packet], keys: tuple[Subkey, ...]) -> Iterator[tuple[int, bytes]]:
    """The session keys (algorithm and key) of a message that one of the keys opens."""
    for packet in content:
        if packet.tag != 1 or packet.body[:1] != b"\x03":
            continue
        key_id = packet.body[1:9].hex()
        for key in keys:
            if key_id in (key.key_id, "0" * 16):
                opened = key.key.open(Fields(packet.body[10:]))
                if opened is not None and _is_whole(opened):
                    yield opened[0], opened[1:-2]


def _is_whole(opened: bytes) -> bool:
    return len(opened) > 3 and sum(opened[1:-2]) & 0xFFFF == int.from_bytes(opened[-2:])
