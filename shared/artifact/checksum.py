"""The CRC-32 of bytes of which only the CRC-32 of each part is known. Pure.

A CRC is the rest of a division of polynomials over two values. What is appended to some bytes
multiplies their polynomial by a power of x, so their CRC has to be multiplied by it too, modulo the
polynomial that is divided by (RFC 1952, section 8). Bits are in reversed order, as in gzip.
"""

from __future__ import annotations

from functools import lru_cache

_POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30


def joined(first: int, second: int, length: int) -> int:
    """The CRC-32 of two parts, one behind the other, by the CRC-32 of each. `length`: bytes of the
    second."""
    return _product(_power(8 * length), first) ^ second


@lru_cache(maxsize=4096)
def _power(exponent: int) -> int:
    """x to the power of so much."""
    power, square = _ONE, _X
    while exponent:
        if exponent & 1:
            power = _product(square, power)
        square = _product(square, square)
        exponent >>= 1
    return power


def _product(one: int, other: int) -> int:
    product, bit = 0, _ONE
    while bit:
        if one & bit:
            product ^= other
        other = (other >> 1) ^ (_POLYNOMIAL if other & 1 else 0)
        bit >>= 1
    return product
