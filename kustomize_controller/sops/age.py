"""age: files for the holders of X25519 or hybrid (ML-KEM-768 with X25519) keys. Pure.

What a data key needs of https://age-encryption.org/v1: a header with stanzas, each with the file
key for one recipient, and a payload.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kustomize_controller.sops.bech32 import decoded
from kustomize_controller.sops.value import SopsProblem

_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_VERSION = b"age-encryption.org/v1\n"
_X25519, _HYBRID = b"X25519", b"mlkem768x25519"
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_ENCAPSULATED = 1120
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Stanza:
    """The file key for one recipient: the kind of recipient, what it needs, the key sealed."""

    kind: bytes
    arguments: tuple[bytes, ...]
    body: bytes


class Identity(Protocol):
    """A private key."""

    def open(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the stanza is for somebody else."""


@dataclass(frozen=True, slots=True, repr=False)
class X25519Identity:
    """An `AGE-SECRET-KEY-1…`."""

    key: X25519PrivateKey

    def open(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the stanza is for somebody else."""
        if stanza.kind != _X25519 or len(stanza.arguments) != 1 or len(stanza.body) != 32:
            return None
        share = _unarmoured(stanza.arguments[0])
        own = self.key.public_key().public_bytes_raw()
        try:
            secret = self.key.exchange(X25519PublicKey.from_public_bytes(share))
            wrap = _derived(secret, share + own, b"age-encryption.org/v1/X25519")
            return ChaCha20Poly1305(wrap).decrypt(bytes(12), stanza.body, None)
        except (ValueError, InvalidTag):
            return None


@dataclass(frozen=True, slots=True, repr=False)
class HybridIdentity:
    """An `AGE-SECRET-KEY-PQ-1…`."""

    key: MLKEM768X25519PrivateKey

    @classmethod
    def of(cls, seed: bytes) -> HybridIdentity:
        """The two keys that a seed stands for (X-Wing)."""
        grown = hashlib.shake_256(seed).digest(96)
        lattice = MLKEM768PrivateKey.from_seed_bytes(grown[:64])
        curve = X25519PrivateKey.from_private_bytes(grown[64:])
        return cls(MLKEM768X25519PrivateKey(lattice, curve))

    def open(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the stanza is for somebody else."""
        if stanza.kind != _HYBRID or len(stanza.arguments) != 1 or len(stanza.body) != 32:
            return None
        sealed = _unarmoured(stanza.arguments[0])
        if len(sealed) != _ENCAPSULATED:
            return None
        try:
            info = b"age-encryption.org/" + _HYBRID
            return _SUITE.decrypt(sealed + stanza.body, self.key, info)
        except (ValueError, InvalidTag):
            return None


def identities(text: str) -> tuple[Identity, ...]:
    """The private keys of a key file, one a line, with comments. Raises SopsProblem with the number
    of the line, and never with what is on it."""
    lines = enumerate(map(str.strip, text.splitlines()), start=1)
    return tuple(_identity(line, number) for number, line in lines if line and line[0] != "#")


def _identity(line: str, number: int) -> Identity:
    if line.upper().startswith("AGE-PLUGIN-"):
        raise SopsProblem(f"line {number} is a key of a plugin, and no plugin is run here")
    try:
        name, key = decoded(line)
    except SopsProblem as problem:
        raise SopsProblem(f"line {number} is no age key: it {problem}") from None
    if len(key) == 32 and name == "age-secret-key-":
        return X25519Identity(X25519PrivateKey.from_private_bytes(key))
    if len(key) == 32 and name == "age-secret-key-pq-":
        return HybridIdentity.of(key)
    raise SopsProblem(f"line {number} is no age key of a kind that is known")


def opened(sealed: str, keys: Iterable[Identity]) -> bytes:
    """What a file holds, opened by the first key that fits. Raises SopsProblem."""
    content = _content(sealed)
    header, stanzas, mac, payload = _parts(content)
    for stanza in stanzas:
        for key in keys:
            file_key = key.open(stanza)
            if file_key is not None:
                return _payload(file_key, header, mac, payload)
    raise SopsProblem("none of the age keys fits")


def _payload(file_key: bytes, header: bytes, mac: bytes, payload: bytes) -> bytes:
    own = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    if not hmac.compare_digest(own, mac):
        raise SopsProblem("the header of the age file was changed")
    cipher = ChaCha20Poly1305(_derived(file_key, payload[:16], b"payload"))
    try:
        # One chunk: a data key is short. The last byte of the nonce says that it is the last one.
        return cipher.decrypt(bytes(11) + b"\x01", payload[16:], None)
    except InvalidTag:
        raise SopsProblem("the payload of the age file was changed") from None


def _content(sealed: str) -> bytes:
    lines = sealed.strip().splitlines()
    if len(sealed) > _LARGEST or not lines or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise SopsProblem("is no age file in ASCII")
    return _base64("".join(lines[1:-1]).encode())


def _parts(content: bytes) -> tuple[bytes, list[Stanza], bytes, bytes]:
    """The header up to its MAC, its stanzas, the MAC, and the payload."""
    end = content.find(b"\n---")
    line_end = content.find(b"\n", end + 1)
    if not content.startswith(_VERSION) or end < 0 or line_end < 0:
        raise SopsProblem("is no age file of version 1")
    stanzas = list(_stanzas(content[len(_VERSION) : end + 1]))
    mac = _unarmoured(content[end + 5 : line_end])
    return content[: end + 4], stanzas, mac, content[line_end + 1 :]


def _stanzas(header: bytes) -> Iterator[Stanza]:
    for text in header.removeprefix(b"-> ").split(b"\n-> "):
        first, *body = text.splitlines()
        kind, *arguments = first.split(b" ")
        yield Stanza(kind, tuple(arguments), _unarmoured(b"".join(body)))


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt or None, info).derive(secret)


def _unarmoured(text: bytes) -> bytes:
    return _base64(text + b"=" * (-len(text) % 4))


def _base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SopsProblem("is no age file: its base64 is broken") from None
