"""Signature packets of OpenPGP (RFC 4880). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.openpgp.packet import Fields, length
from shared.openpgp.problem import OpenPgpProblem

SIGNATURE, KEY, USER, SUBKEY, ATTRIBUTE = 2, 6, 13, 14, 17
MADE, EXPIRES, KEY_EXPIRES, ISSUER, FLAGS, EMBEDDED, FINGERPRINT = 2, 3, 9, 16, 27, 32, 33

# Subpackets that may be marked as critical: those above, and those that change nothing for us.
_KNOWN = frozenset({MADE, EXPIRES, KEY_EXPIRES, ISSUER, FLAGS, EMBEDDED, FINGERPRINT})
_HARMLESS = frozenset({4, 7, 11, 20, 21, 22, 23, 24, 25, 26, 28, 30, 34, 39})


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
        body = fields.take(_size(fields))
        if not body:
            raise OpenPgpProblem("the OpenPGP data is damaged")
        kind = body[0] & 0x7F
        if body[0] & 0x80 and kind not in _KNOWN | _HARMLESS:
            return None
        found.setdefault(kind, body[1:])
    return found


def _size(fields: Fields) -> int:
    """The length of a subpacket, of which none comes in parts: what would be one is a number."""
    size = length(fields)
    return ((fields.number() - 192) << 8) + fields.number() + 192 if size is None else size
