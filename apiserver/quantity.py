"""Quantities: `500m`, `1Gi`, `2`. What they are worth, and how Go writes them.

Behaviour: apimachinery's resource.Quantity.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import lru_cache

_FORM = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)(?:([eE])([+-]?\d+)|([A-Za-z]*))")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_SUFFIXES = {power: suffix for suffix, power in _DECIMAL.items()}
_SMALLEST = Decimal("1e-9")


class QuantityError(ValueError):
    """A text or number that is no quantity."""


@lru_cache(maxsize=10_000)
def _parsed(word: str) -> tuple[Decimal, str]:
    """The worth, and the family of suffixes: `binary`, `decimal` or `exponent`."""
    found = _FORM.fullmatch(word)
    if found is None or len(word) > 60:
        raise QuantityError(word)
    sign, digits, has_exponent, exponent, suffix = found.groups()
    try:
        worth = Decimal(sign + digits)
        if has_exponent:
            return _exact(worth.scaleb(int(exponent))), "exponent"
    except (InvalidOperation, OverflowError) as error:
        raise QuantityError(word) from error
    if suffix in _BINARY:
        return _exact(worth * Decimal(1024) ** _BINARY[suffix]), "binary"
    if suffix not in _DECIMAL:
        raise QuantityError(word)
    return _exact(worth.scaleb(_DECIMAL[suffix])), "decimal"


def _exact(worth: Decimal) -> Decimal:
    """Nothing finer than a billionth is kept: it is rounded up."""
    if abs(worth.adjusted()) > 30:
        raise QuantityError(str(worth))
    return worth.quantize(_SMALLEST, rounding=ROUND_CEILING) if worth % _SMALLEST else worth


def worth_of(quantity: object) -> Decimal:
    """What a quantity is worth. Raises QuantityError."""
    return _parsed(_word(quantity))[0]


def canonical(quantity: object) -> str:
    """A quantity as Go writes it: `1000m` is `1`, `0.5` is `500m`. Raises QuantityError."""
    worth, family = _parsed(_word(quantity))
    if not worth:
        return "0"
    if family == "binary" and abs(worth) >= 1024:
        return _binary(int(worth.to_integral_value(ROUND_CEILING)))
    return _decimal(worth, exponent=family == "exponent")


def _word(quantity: object) -> str:
    if isinstance(quantity, bool) or not isinstance(quantity, str | int | float):
        raise QuantityError(str(quantity))
    return str(quantity)


def _binary(worth: int) -> str:
    for suffix, power in reversed(_BINARY.items()):
        if worth % 1024**power == 0:
            return f"{worth // 1024**power}{suffix}"
    return str(worth)


def _decimal(worth: Decimal, *, exponent: bool) -> str:
    power = 18
    while power > -9 and worth % Decimal(1).scaleb(power):
        power -= 3
    count = int(worth.scaleb(-power))
    if exponent:
        return f"{count}e{power}" if power else str(count)
    return f"{count}{_SUFFIXES[power]}"
