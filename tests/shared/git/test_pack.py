from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from datetime import timedelta

import pytest

from shared.git.deadline import MIB, Deadline, Limits
from shared.git.error import GitError
from shared.git.pack import OFS_DELTA, REF_DELTA, inspect
from tests.fake.clock import ManualClock

BLOB = 3
FEW = Limits(thing=1_000, unpacked=2_000, objects=10)
MANY = Limits()


def number(value: int) -> bytes:
    """As deltas have it: seven bits a byte, the lowest first."""
    raw = bytearray()
    while value >= 0x80:
        raw.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*raw, value])


def thing(kind: int, content: bytes, size: int | None = None, base: bytes = b"") -> bytes:
    size = len(content) if size is None else size
    first, rest = size & 15, size >> 4
    head = bytes([kind << 4 | first | (0x80 if rest else 0)]) + (number(rest) if rest else b"")
    return head + base + zlib.compress(content)


def pack(*things: bytes, count: int | None = None, version: int = 2) -> bytes:
    raw = b"PACK" + struct.pack(">II", version, len(things) if count is None else count)
    raw += b"".join(things)
    return raw + hashlib.sha1(raw).digest()


def inspected(raw: bytes, limits: Limits = FEW) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(raw)
        return inspect(file, limits, Deadline(ManualClock(), timedelta(seconds=1)))


def delta(source: int, target: int) -> bytes:
    return number(source) + number(target) + b"\x01x"


def test_the_objects_of_a_pack_are_counted():
    raw = pack(
        thing(BLOB, b"x" * 900),
        thing(OFS_DELTA, delta(900, 500), base=b"\x80\x05"),
        thing(REF_DELTA, delta(900, 500), base=bytes(20)),
        thing(BLOB, b""),
    )

    assert inspected(raw) == 4


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (pack(thing(BLOB, b"x" * 1_001)), "an object is larger than"),
        (pack(thing(BLOB, b"x" * 500, size=10)), "larger than the pack says"),
        (pack(thing(BLOB, bytes(100 * MIB), size=10)), "larger than the pack says"),
        (pack(thing(BLOB, b"x", size=2**62)), "an object is larger than"),
        (pack(*[thing(BLOB, b"x" * 900)] * 3), "unpacks to more than"),
        (pack(thing(REF_DELTA, delta(10, 500 * MIB), base=bytes(20))), "an object is larger than"),
        (pack(*[thing(OFS_DELTA, delta(9, 900), base=b"\x05")] * 3), "unpacks to more than"),
        (pack(count=11), "more than 10 objects"),
        (pack(count=2**32 - 1), "more than 10 objects"),
        (pack(thing(BLOB, b"x"), count=5), "ends too early|broken"),
        (pack(thing(BLOB, b"x"), version=7), "unknown version 7"),
        (pack(b"\x31junk that is no stream"), "broken"),
        (pack(thing(BLOB, b"x" * 100)[:-8]), "ends too early|broken"),
        (pack(thing(BLOB, b"x"))[:-1] + b"\0", "does not fit its checksum"),
        (pack(thing(BLOB, b"x")) + b"more", "does not fit its checksum"),
        (b"PACK" + bytes(10), "sent no pack"),
        (b"<html>" * 20, "sent no pack"),
    ],
    ids=[
        "large", "longer than it says", "much longer than it says", "says it is huge", "many",
        "a delta bomb", "many deltas", "count", "all counts", "missing", "version", "junk", "cut",
        "checksum", "more", "short", "no pack",
    ],
)  # fmt: skip
def test_what_would_be_too_much_is_refused(raw, complaint):
    with pytest.raises(GitError, match=complaint):
        inspected(raw)


def test_an_inspection_does_not_outlast_the_deadline():
    clock = ManualClock()
    deadline = Deadline(clock, timedelta(seconds=1))
    clock.advance(timedelta(seconds=2))

    with tempfile.TemporaryFile() as file:
        file.write(pack(thing(BLOB, b"x")))
        with pytest.raises(GitError, match="timed out"):
            inspect(file, FEW, deadline)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000, 1_000_000])
def test_what_comes_after_a_large_object_is_found(size):
    lines = b"".join(b"object-%d: %d\n" % (n, n * n) for n in range(size // 10))[:size]

    assert inspected(pack(thing(BLOB, lines), thing(BLOB, b"next"), thing(BLOB, lines)), MANY) == 3
