"""The outside of OpenPGP (RFC 4880, RFC 9580): ASCII armour, packets, numbers, signatures. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.git.error import SignatureError

SIGNATURE, KEY, USER, SUBKEY, ATTRIBUTE = 2, 6, 13, 14, 17
MADE, EXPIRES, KEY_EXPIRES, ISSUER, FLAGS, EMBEDDED, FINGERPRINT = 2, 3, 9, 16, 27, 32, 33

_BLOCK = re.compile(
    rb"-----BEGIN PGP ([A-Z ]+)-----[ \t\r]*\n(.*?)\n-----END PGP \1-----", re.DOTALL
)
# Subpackets that may be marked as critical: those above, and those that change nothing for us.
_KNOWN = frozenset({MADE, EXPIRES, KEY_EXPIRES, ISSUER, FLAGS, EMBEDDED, FINGERPRINT})
_HARMLESS = frozenset({4, 7, 11, 20, 21, 22, 23, 24, 25, 26, 28, 30, 34, 39})
_MOST_PACKETS = 20_000


class Fields:
    """Reads the fields of a packet one after the other."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def take(self, size: int) -> bytes:
        """So many bytes. Raises SignatureError where there are fewer."""
        found = self.body[self.at : self.at + size]
        if len(found) != size:
            raise SignatureError("the OpenPGP data ends too early")
        self.at += size
        return found

    def number(self, size: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.take(size))

    def long(self) -> bytes:
        """A number that says itself how long it is (MPI)."""
        return self.take((self.number(2) + 7) // 8)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.body)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature packet of version 4. `hashed`: what of the packet itself was signed."""

    kind: int
    algorithm: int
    hash_id: int
    hashed: bytes
    signed: dict[int, bytes]
    hints: dict[int, bytes]
    start: bytes
    value: Fields

    def seconds(self, kind: int) -> int:
        """A time or a span among what was signed; 0 where it is not there."""
        return int.from_bytes(self.signed.get(kind, b""))

    @property
    def issuer(self) -> str:
        """The last sixteen digits of the key that is said to have signed; empty where none is."""
        fingerprint = self.signed.get(FINGERPRINT) or self.hints.get(FINGERPRINT, b"")
        key_id = self.signed.get(ISSUER) or self.hints.get(ISSUER, b"")
        return (fingerprint[1:] or key_id).hex()[-16:]


def unarmoured(text: bytes) -> bytes:
    """The bytes of all blocks in a text. Raises SignatureError where there is none."""
    blocks = _BLOCK.findall(text.replace(b"\r", b"") + b"\n")
    if not blocks:
        raise SignatureError("there is no OpenPGP block in its ASCII armour")
    return b"".join(_inside(inside) for _, inside in blocks)


def packets(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The packets of a stream, each with its tag. Raises SignatureError where it is none."""
    fields = Fields(content)
    for _ in range(_MOST_PACKETS):
        if fields.is_over:
            return
        sign = fields.number()
        if not sign & 0x80 or (not sign & 0x40 and sign & 3 == 3):
            raise SignatureError("the OpenPGP data is damaged")
        tag = sign & 0x3F if sign & 0x40 else sign >> 2 & 0xF
        size = _length(fields) if sign & 0x40 else fields.number(1 << (sign & 3))
        yield tag, fields.take(size)
    raise SignatureError("the OpenPGP data has too many packets")


def signature_of(body: bytes) -> Signature | None:
    """A signature; None for one of a version, or with a demand, that is not known."""
    fields = Fields(body)
    if fields.number() != 4:
        return None
    kind, algorithm, hash_id = fields.number(), fields.number(), fields.number()
    signed = _subpackets(fields.take(fields.number(2)))
    hashed = body[: fields.at]
    hints = _subpackets(fields.take(fields.number(2)))
    if signed is None or hints is None:
        return None
    start = fields.take(2)
    return Signature(kind, algorithm, hash_id, hashed, signed, hints, start, fields)


def _subpackets(content: bytes) -> dict[int, bytes] | None:
    """The subpackets by their kinds; None where one is critical and not known."""
    fields, found = Fields(content), dict[int, bytes]()
    while not fields.is_over:
        body = fields.take(_length(fields, partial=False))
        if not body:
            raise SignatureError("the OpenPGP data is damaged")
        kind = body[0] & 0x7F
        if body[0] & 0x80 and kind not in _KNOWN | _HARMLESS:
            return None
        found.setdefault(kind, body[1:])
    return found


def _length(fields: Fields, *, partial: bool = True) -> int:
    """A length of the newer form. Bodies in parts are for messages: keys have none."""
    first = fields.number()
    if first < 192:
        return first
    if first == 255:
        return fields.number(4)
    if partial and first >= 224:
        raise SignatureError("the OpenPGP data comes in parts, which keys and signatures do not")
    return ((first - 192) << 8) + fields.number() + 192


def _inside(block: bytes) -> bytes:
    """The bytes of a block, without headers before its empty line and without its checksum, which
    guards against nothing but typing errors."""
    headers, blank, body = block.partition(b"\n\n")
    if not blank and headers.startswith(b"\n"):
        body = headers
    lines = [line.strip() for line in (body or headers).split(b"\n")]
    try:
        return base64.b64decode(
            b"".join(line for line in lines if not line.startswith(b"=")), validate=True
        )
    except binascii.Error:
        raise SignatureError("the OpenPGP block is no base64") from None
