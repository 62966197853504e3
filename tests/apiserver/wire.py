"""Protobuf written by hand, for the tests that read it."""

from __future__ import annotations


def varint(value: int) -> bytes:
    """A number."""
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def number(field: int, value: int) -> bytes:
    """A field that is a number."""
    return varint(field << 3) + varint(value)


def chunk(field: int, value: bytes | str) -> bytes:
    """A field that is a text or a message."""
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def pair(field: int, key: str, value: bytes | str) -> bytes:
    """An entry of a map."""
    return chunk(field, chunk(1, key) + chunk(2, value))


def envelope(api_version: str, kind: str, message: bytes) -> bytes:
    """An object as clients send it."""
    return b"k8s\x00" + chunk(1, chunk(1, api_version) + chunk(2, kind)) + chunk(2, message)
