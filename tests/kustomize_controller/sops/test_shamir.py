from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomize_controller.sops.shamir import combined
from kustomize_controller.sops.value import SopsProblem


def times(left: int, right: int) -> int:
    """Multiplication in the field, the slow way."""
    product = 0
    while right:
        product ^= left if right & 1 else 0
        left = left << 1 ^ (0x11B if left & 0x80 else 0)
        right >>= 1
    return product


def shares(secret: bytes, places: list[int], threshold: int, seed: int) -> list[bytes]:
    """A secret split by polynomials of which it is the value at zero."""
    chance = random.Random(seed)
    curves = [[byte, *(chance.randrange(256) for _ in range(threshold - 1))] for byte in secret]

    def at(curve: list[int], place: int) -> int:
        value = 0
        for coefficient in reversed(curve):
            value = times(value, place) ^ coefficient
        return value

    return [bytes(at(curve, place) for curve in curves) + bytes([place]) for place in places]


@given(
    st.binary(min_size=1, max_size=32),
    st.lists(st.integers(1, 255), min_size=2, max_size=5, unique=True),
    st.integers(),
)
def test_enough_shares_make_the_secret(secret: bytes, places: list[int], seed: int) -> None:
    parts = shares(secret, places, 2, seed)

    for chosen in itertools.combinations(parts, 2):
        assert combined(chosen) == secret


@pytest.mark.parametrize(
    "parts",
    [[], [b"a\x01"], [b"a\x01", b"a\x01"], [b"a\x01", b"ab\x02"], [b"a\x00", b"b\x01"], [b"", b""]],
)
def test_what_cannot_belong_together_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(SopsProblem):
        combined(parts)
