"""Bech32, the writing of age's keys: a name, a 1, and bytes with a checksum (BIP 173). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kustomize_controller.sops.value import SopsProblem

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def decoded(text: str) -> tuple[str, bytes]:
    """Name (in lower case) and bytes. Raises SopsProblem, which never quotes the text."""
    if text not in (text.lower(), text.upper()):
        raise SopsProblem("mixes upper and lower case")
    name, one, signs = text.lower().rpartition("1")
    if not one or not name or any(sign not in _SIGNS for sign in signs):
        raise SopsProblem("has signs that no key has")
    values = [_SIGNS.index(sign) for sign in signs]
    if len(values) < 6 or _checksum([*_expanded(name), *values]) != 1:
        raise SopsProblem("has a mistake in it: the checksum does not fit")
    return name, bytes(_octets(values[:-6]))


def _expanded(name: str) -> Iterator[int]:
    yield from (ord(char) >> 5 for char in name)
    yield 0
    yield from (ord(char) & 31 for char in name)


def _checksum(values: Iterable[int]) -> int:
    sum_ = 1
    for value in values:
        top = sum_ >> 25
        sum_ = (sum_ & 0x1FFFFFF) << 5 ^ value
        for number, generator in enumerate(_GENERATORS):
            sum_ ^= generator if top >> number & 1 else 0
    return sum_


def _octets(values: Iterable[int]) -> Iterator[int]:
    """Groups of five bits as groups of eight."""
    held = bits = 0
    for value in values:
        held, bits = (held << 5 | value) & 0xFFF, bits + 5
        if bits >= 8:
            bits -= 8
            yield held >> bits & 0xFF
