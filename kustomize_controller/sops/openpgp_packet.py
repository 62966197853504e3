"""The outside of OpenPGP (RFC 4880, RFC 9580): ASCII armour, packets, numbers. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kustomize_controller.sops.value import SopsProblem

_BLOCK = re.compile(
    r"-----BEGIN PGP (?P<kind>[A-Z ]+)-----[ \t]*\r?\n(?P<inside>.*?)-----END PGP (?P=kind)-----",
    re.DOTALL,
)
_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True, repr=False)
class Packet:
    """A packet: what it is (its tag) and what is in it."""

    tag: int
    body: bytes


def unarmoured(text: bytes) -> bytes:
    """The bytes in all blocks of a text; the text itself where it has none. Raises SopsProblem."""
    if len(text) > _LARGEST:
        raise SopsProblem("is larger than any OpenPGP key or message that is read")
    if b"-----BEGIN PGP" not in text:
        return text
    blocks = _BLOCK.finditer(text.decode("ascii", "replace"))
    return b"".join(_inside(block["inside"].replace("\r", "")) for block in blocks)


def _inside(block: str) -> bytes:
    """The bytes of a block: without the headers before its empty line, and without its checksum,
    which guards against nothing but typing errors."""
    headers, _, body = block.partition("\n\n")
    has_headers = all(": " in line for line in headers.splitlines())
    body = body if has_headers else block
    lines = (line.strip() for line in body.splitlines())
    try:
        return base64.b64decode("".join(x for x in lines if not x.startswith("=")), validate=True)
    except binascii.Error:
        raise SopsProblem("is no OpenPGP block: its base64 is broken") from None


def packets(content: bytes) -> Iterator[Packet]:
    """The packets of a stream. Raises SopsProblem where it ends within one."""
    at = 0
    while at < len(content):
        sign = content[at]
        if not sign & 0x80:
            raise SopsProblem("is no OpenPGP: there is no packet where one should be")
        if sign & 0x40:
            body, at = _new_body(content, at + 1)
            yield Packet(sign & 0x3F, body)
        else:
            body, at = _old_body(content, at + 1, sign & 3)
            yield Packet(sign >> 2 & 0xF, body)


def _old_body(content: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind == 3:
        return content[at:], len(content)
    size = 1 << kind
    length = int.from_bytes(_taken(content, at, size))
    return _taken(content, at + size, length), at + size + length


def _new_body(content: bytes, at: int) -> tuple[bytes, int]:
    """A body that may come in parts, of which each says how long it is."""
    parts = []
    while True:
        first = _taken(content, at, 1)[0]
        if 224 <= first < 255:
            length, at = 1 << (first & 0x1F), at + 1
        elif first < 192:
            length, at = first, at + 1
        elif first < 224:
            length, at = ((first - 192) << 8) + _taken(content, at + 1, 1)[0] + 192, at + 2
        else:
            length, at = int.from_bytes(_taken(content, at + 1, 4)), at + 5
        parts.append(_taken(content, at, length))
        at += length
        if not 224 <= first < 255:
            return b"".join(parts), at


def _taken(content: bytes, at: int, length: int) -> bytes:
    found = content[at : at + length]
    if len(found) != length:
        raise SopsProblem("is no OpenPGP: it ends too early")
    return found


class Fields:
    """Reads the fields of a packet one after the other."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def take(self, length: int) -> bytes:
        """So many bytes. Raises SopsProblem where there are fewer."""
        found = _taken(self.body, self.at, length)
        self.at += length
        return found

    def number(self, length: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.take(length))

    def long(self) -> bytes:
        """A number that says itself how long it is (MPI)."""
        return self.take((self.number(2) + 7) // 8)

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self.body) - self.at)
