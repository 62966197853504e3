from __future__ import annotations

import base64

import pytest

from kustomize_controller.sops.openpgp_packet import Fields, packets, unarmoured
from kustomize_controller.sops.value import SopsProblem


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
    with pytest.raises(SopsProblem):
        list(packets(content))


@pytest.mark.parametrize("headers", ["\n", "Version: 1\nComment: x\n\n", ""])
def test_armour_is_taken_off(headers: str) -> None:
    body = base64.b64encode(b"inside" * 20).decode()
    text = f"x\r\n-----BEGIN PGP MESSAGE-----\r\n{headers}{body}\n=abcd\n-----END PGP MESSAGE-----"

    assert unarmoured(text.encode()) == b"inside" * 20


def test_what_is_not_armoured_stays() -> None:
    assert unarmoured(b"\xcb\x01a") == b"\xcb\x01a"
    with pytest.raises(SopsProblem, match="larger"):
        unarmoured(bytes(5 << 20))


def test_fields_are_read_in_turn() -> None:
    fields = Fields(b"\x01\x00\x09\x01\xffrest")

    assert (fields.number(), fields.long(), fields.rest()) == (1, b"\x01\xff", b"rest")
    with pytest.raises(SopsProblem):
        fields.take(1)
