"""ASCII armour, packets, numbers (RFC 4880, RFC 9580). Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.openpgp.problem import OpenPgpProblem

LARGEST = 4 << 20
"""Bytes of a key or a message."""
MOST_PACKETS = 20_000

_BLOCK = re.compile(
    rb"-----BEGIN PGP (?P<kind>[A-Z ]+)-----[ \t]*\n(?P<inside>.*?)-----END PGP (?P=kind)-----",
    re.DOTALL,
)


class Fields:
    """Reads the fields of a packet one after the other."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def take(self, size: int) -> bytes:
        """So many bytes. Raises OpenPgpProblem where there are fewer."""
        found = self.body[self.at : self.at + size]
        if len(found) != size:
            raise OpenPgpProblem("the OpenPGP data ends too early")
        self.at += size
        return found

    def number(self, size: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.take(size))

    def long(self) -> bytes:
        """A number that says itself how long it is (MPI)."""
        return self.take((self.number(2) + 7) // 8)

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self.body) - self.at)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.body)


@dataclass(frozen=True, slots=True, repr=False)
class Packet:
    """A packet: what it is (its tag) and what is in it."""

    tag: int
    body: bytes


def unarmoured(text: bytes) -> bytes | None:
    """The bytes in all blocks of a text; None where it has none. Raises OpenPgpProblem."""
    if len(text) > LARGEST:
        raise OpenPgpProblem("the OpenPGP data is larger than any key or message that is read")
    blocks = [block["inside"] for block in _BLOCK.finditer(text.replace(b"\r", b""))]
    return b"".join(map(_inside, blocks)) if blocks else None


def packets(content: bytes, *, whole: bool = False) -> Iterator[Packet]:
    """The packets of a stream. `whole`: whether bodies that come in parts, or without a length, are
    refused: messages have them, keys and signatures do not. Raises OpenPgpProblem."""
    fields = Fields(content)
    for _ in range(MOST_PACKETS):
        if fields.is_over:
            return
        sign = fields.number()
        if not sign & 0x80:
            raise OpenPgpProblem("the OpenPGP data is damaged: there is no packet where one is due")
        if sign & 0x40:
            yield Packet(sign & 0x3F, _new_body(fields, whole))
        else:
            yield Packet(sign >> 2 & 0xF, _old_body(fields, sign & 3, whole))
    raise OpenPgpProblem("the OpenPGP data has too many packets")


def length(fields: Fields) -> int | None:
    """A length of the newer form; None for that of a part, which is read again as one."""
    first = fields.number()
    if first < 192:
        return first
    if first == 255:
        return fields.number(4)
    if first < 224:
        return ((first - 192) << 8) + fields.number() + 192
    fields.at -= 1
    return None


def _new_body(fields: Fields, whole: bool) -> bytes:
    """A body that may come in parts, of which each says how long it is."""
    parts = []
    while (size := length(fields)) is None:
        if whole:
            raise OpenPgpProblem(
                "the OpenPGP data comes in parts, which keys and signatures do not"
            )
        parts.append(fields.take(1 << (fields.number() & 0x1F)))
    return b"".join((*parts, fields.take(size)))


def _old_body(fields: Fields, kind: int, whole: bool) -> bytes:
    if kind < 3:
        return fields.take(fields.number(1 << kind))
    if whole:
        raise OpenPgpProblem("the OpenPGP data is damaged: a packet says no length")
    return fields.rest()


def _inside(block: bytes) -> bytes:
    """The bytes of a block: without the headers before its empty line, and without its checksum,
    which guards against nothing but typing errors."""
    headers, _, body = block.partition(b"\n\n")
    has_headers = all(b": " in line for line in headers.splitlines())
    lines = (line.strip() for line in (body if has_headers else block).splitlines())
    try:
        return base64.b64decode(
            b"".join(line for line in lines if not line.startswith(b"=")), validate=True
        )
    except binascii.Error:
        raise OpenPgpProblem("the OpenPGP block is no base64") from None
