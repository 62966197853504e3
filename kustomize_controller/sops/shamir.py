"""Shamir's secret sharing over bytes, as SOPS (and Vault) have it. Pure.

A share is as long as the secret and one byte more, the last: where on the curves it was taken. The
field is that of AES: addition is exclusive or, multiplication is modulo x^8 + x^4 + x^3 + x + 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor

from kustomize_controller.sops.value import SopsProblem

_POWERS = [1]
for _ in range(254):
    _last = _POWERS[-1]
    _POWERS.append(_last ^ ((_last << 1) ^ (0x11B if _last & 0x80 else 0)))
_LOGARITHMS = {value: power for power, value in enumerate(_POWERS)}


def combined(shares: Sequence[bytes]) -> bytes:
    """The secret that enough shares make; of too few, something else. Raises SopsProblem where
    they cannot belong together."""
    places = [share[-1] for share in shares if share]
    lengths = {len(share) for share in shares}
    if len(shares) < 2 or len(lengths) != 1 or len(set(places)) != len(shares) or 0 in places:
        raise SopsProblem("the parts of the data key do not belong together")
    weights = [_weight(places, place) for place in places]
    return bytes(
        reduce(xor, map(_product, weights, values))
        for values in zip(*(share[:-1] for share in shares), strict=True)
    )


def _weight(places: Sequence[int], own: int) -> int:
    """How much the share of a place counts at the place zero (Lagrange)."""
    others = (place for place in places if place != own)
    return reduce(_product, (_quotient(other, own ^ other) for other in others), 1)


def _product(left: int, right: int) -> int:
    if not left or not right:
        return 0
    return _POWERS[(_LOGARITHMS[left] + _LOGARITHMS[right]) % 255]


def _quotient(left: int, right: int) -> int:
    return _product(left, _POWERS[-_LOGARITHMS[right] % 255])
