from __future__ import annotations

import base64

import pytest

from shared.openpgp.packet import Fields, packets, unarmoured
from shared.openpgp.problem import OpenPgpProblem, told_as
from shared.problem import Problem


@pytest.mark.parametrize(
    ("content", "tag", "body"),
    [
        (b"\xcb\x02ab", 11, b"ab"),
        (b"\xcb\xc0\x08" + b"a" * 200, 11, b"a" * 200),
        (b"\xcb\xff\x00\x00\x00\x01a", 11, b"a"),
        (b"\xcb\xe1ab\x01c", 11, b"abc"),
        (b"\xac\x01a", 11, b"a"),
        (b"\xad\x00\x01a", 11, b"a"),
        (b"\xae\x00\x00\x00\x01a", 11, b"a"),
        (b"\xafabc", 11, b"abc"),
    ],
)
def test_every_form_of_length_is_read(content: bytes, tag: int, body: bytes) -> None:
    [found] = packets(content)

    assert (found.tag, found.body) == (tag, body)


@pytest.mark.parametrize("content", [b"a", b"\xcb", b"\xcb\x05a", b"\xcb\xe1a", b"\xae\x00"])
def test_what_ends_too_early_is_refused(content: bytes) -> None:
    with pytest.raises(OpenPgpProblem):
        list(packets(content))


@pytest.mark.parametrize("headers", ["\n", "Version: 1\nComment: x\n\n", ""])
def test_armour_is_taken_off(headers: str) -> None:
    body = base64.b64encode(b"inside" * 20).decode()
    text = f"x\r\n-----BEGIN PGP MESSAGE-----\r\n{headers}{body}\n=abcd\n-----END PGP MESSAGE-----"

    assert unarmoured(text.encode()) == b"inside" * 20


def test_what_has_no_armour_is_told_apart() -> None:
    assert unarmoured(b"\xcb\x01a") is None
    with pytest.raises(OpenPgpProblem, match="larger"):
        unarmoured(bytes(5 << 20))


def test_fields_are_read_in_turn() -> None:
    fields = Fields(b"\x01\x00\x09\x01\xffrest")

    assert (fields.number(), fields.long(), fields.rest()) == (1, b"\x01\xff", b"rest")
    with pytest.raises(OpenPgpProblem):
        fields.take(1)


@pytest.mark.parametrize("content", [b"\xcb\xe1ab\x01c", b"\xafabc"])
def test_where_all_is_to_be_whole_nothing_comes_in_parts(content: bytes) -> None:
    with pytest.raises(OpenPgpProblem):
        list(packets(content, whole=True))


def test_packets_have_an_end() -> None:
    with pytest.raises(OpenPgpProblem, match="too many packets"):
        list(packets(b"\xcb\x00" * 20_001))


def test_what_is_no_base64_is_not_quoted() -> None:
    text = b"-----BEGIN PGP MESSAGE-----\n\nc4n4ry!\n-----END PGP MESSAGE-----"

    with pytest.raises(OpenPgpProblem) as problem:
        unarmoured(text)

    assert "c4n4ry" not in str(problem.value)


def test_whoever_has_to_do_with_the_bytes_says_it_in_their_own_way() -> None:
    class Own(Problem):
        """Of somebody."""

    with pytest.raises(Own, match="ends too early"), told_as(Own):
        Fields(b"").number()
