"""The order in which kustomize prints the keys of a mapping: yaml.v2's "natural" order.

Digits compare as numbers, other signs come before letters, upper case before lower. Names of
letters alone, nearly all there are, compare as plain text.
"""

from __future__ import annotations

from functools import cmp_to_key, lru_cache

_FEW = 40


def ordered(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys in the order they are printed in. Objects of one kind share their sets of keys, so
    small sets are remembered."""
    return _known(keys) if len(keys) <= _FEW else _ordered(keys)


@lru_cache(maxsize=1 << 12)
def _known(keys: tuple[str, ...]) -> tuple[str, ...]:
    return _ordered(keys)


def _ordered(keys: tuple[str, ...]) -> tuple[str, ...]:
    if all(key.isalpha() for key in keys):
        return tuple(sorted(keys))
    return tuple(sorted(keys, key=cmp_to_key(_compared)))


def _compared(one: str, other: str) -> int:
    for place, (mine, its) in enumerate(zip(one, other, strict=False)):
        if mine != its:
            return _by_sign(one, other, place)
    return len(one) - len(other)


def _by_sign(one: str, other: str, place: int) -> int:
    mine, its = one[place], other[place]
    letter, its_letter = mine.isalpha(), its.isalpha()
    if letter != its_letter:
        return 1 if letter else -1
    if not letter:
        by_number = _by_number(one, other, place)
        if by_number:
            return by_number
    return -1 if mine < its else 1


def _by_number(one: str, other: str, place: int) -> int:
    """Digits from here on as numbers; a zero behind other digits does not start a new one."""
    lead = "1" if "0" in (one[place], other[place]) and _follows_digit(one, place) else ""
    mine, its = _digits(one, place), _digits(other, place)
    difference = int(lead + mine or "0") - int(lead + its or "0")
    return difference or len(mine) - len(its)


def _follows_digit(text: str, place: int) -> bool:
    before = text[:place]
    run = before[len(before.rstrip("0123456789")) :]
    return run.strip("0") != ""


def _digits(text: str, place: int) -> str:
    end = place
    while end < len(text) and end - place < 18 and text[end] in "0123456789":
        end += 1
    return text[place:end]
