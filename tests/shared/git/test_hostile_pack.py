"""Packs whose deltas lead nowhere, or on and on, from a server (reliability-security.md G-07)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

import pytest

from shared.git.error import GitError
from tests.fake.git_remote import Answer, HttpRemote, Repository, send
from tests.fake.git_wish import Asking, content

RESULT = {"Content-Type": "application/x-git-upload-pack-result"}
OFS_DELTA, REF_DELTA, BLOB = 6, 7, 3
SAME = b"\x06\x06\x90\x06"
"""The delta that copies the six bytes of its base."""


def thing(kind: int, content: bytes, base: bytes = b"") -> bytes:
    assert len(content) < 16
    return bytes([kind << 4 | len(content)]) + base + zlib.compress(content)


def pack(*things: bytes) -> bytes:
    raw = b"PACK" + struct.pack(">II", 2, len(things)) + b"".join(things)
    return raw + hashlib.sha1(raw).digest()


def giving(raw: bytes) -> Answer:
    """Answers every question for objects with this pack."""
    lines = [b"\x01" + raw[start : start + 60_000] for start in range(0, len(raw), 60_000)]
    body = b"000dpackfile\n" + b"".join(b"%04x" % (len(line) + 4) + line for line in lines)
    return lambda handler, asked: (
        asked.startswith(b"0012command=fetch") and send(handler, 200, body + b"0000", RESULT)
    )


def behind_one_another(number: int) -> bytes:
    """A pack in which each object is a delta of the one before it."""
    first, link = thing(BLOB, b"abcdef"), thing(OFS_DELTA, SAME, b"\x00")
    second = thing(OFS_DELTA, SAME, bytes([len(first)]))
    return pack(first, second, *[thing(OFS_DELTA, SAME, bytes([len(link)]))] * number)


PACKS = {
    "a delta of itself": pack(thing(OFS_DELTA, SAME, b"\x00")),
    "a delta of what is before the pack": pack(thing(OFS_DELTA, SAME, b"\x7f")),
    "a delta of the middle of another": pack(
        thing(BLOB, b"abcdef"), thing(OFS_DELTA, SAME, b"\x03")
    ),
    "a delta of nothing that is there": pack(thing(REF_DELTA, SAME, b"\x99" * 20)),
    "a chain of twenty thousand": behind_one_another(20_000),
    "another commit than was asked for": pack(thing(BLOB, b"abcdef")),
    "a checksum that is wrong": pack(thing(BLOB, b"abcdef"))[:-1] + b"\0",
}


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    repository.commit({"a.yaml": "one"})
    return Asking(tmp_path, server.of(repository))


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKS)
async def test_g07_deltas_that_lead_nowhere_or_on_and_on_are_an_error_of_the_remote(
    asking, server, name
):
    server.interfere = giving(PACKS[name])

    with pytest.raises(GitError) as refusal:
        await asking.checkout()

    assert str(refusal.value).isprintable()
    server.interfere = lambda handler, asked: False
    assert content(await asking.checkout()) == {"a.yaml": b"one"}
