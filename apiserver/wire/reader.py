"""The protobuf encoding itself: tags, varints, lengths. Knows nothing of Kubernetes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

Value = int | bytes
"""Of a field: a number, or the bytes of a text, of a message or of a fixed-size number."""


class WireError(ValueError):
    """Bytes that are no protobuf message."""


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """The fields of a message in their order: number and value. Raises WireError."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        value: Value
        match tag & 7:
            case 0:
                value, position = _varint(data, position)
            case 1:
                value, position = _take(data, position, 8)
            case 2:
                size, position = _varint(data, position)
                value, position = _take(data, position, size)
            case 5:
                value, position = _take(data, position, 4)
            case other:
                raise WireError(f"unknown wire type {other}")
        yield tag >> 3, value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise WireError("a number that does not end")


def _take(data: bytes, position: int, size: int) -> tuple[bytes, int]:
    end = position + size
    if end > len(data):
        raise WireError("a value that is longer than the message")
    return data[position:end], end


def signed(value: Value) -> int:
    """A number that may be negative: two's complement in 64 bits."""
    if isinstance(value, bytes):
        raise WireError("a text where a number belongs")
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def double(value: Value) -> float:
    """A floating-point number."""
    if not isinstance(value, bytes) or len(value) != 8:
        raise WireError("no floating-point number")
    number: float = struct.unpack("<d", value)[0]
    return number


def chunk(value: Value) -> bytes:
    """The bytes of a text or message."""
    if not isinstance(value, bytes):
        raise WireError("a number where a text belongs")
    return value


def text(value: Value) -> str:
    """A text."""
    try:
        return chunk(value).decode()
    except UnicodeDecodeError as error:
        raise WireError("a text that is not UTF-8") from error
