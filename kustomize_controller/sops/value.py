"""What a SOPS document is made of: branches of keys and values, with the comments between. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from kustomize_controller.problem import KustomizationProblem


class SopsProblem(KustomizationProblem):
    """A document cannot be decrypted. The message names the place in it, never a value or a key."""


@contextmanager
def named(place: str) -> Iterator[None]:
    """What cannot be decrypted inside is said to be of a place."""
    try:
        yield
    except SopsProblem as problem:
        raise SopsProblem(f"{place}: {problem}") from None


@dataclass(frozen=True, slots=True, eq=False)
class Comment:
    """A comment, without its sign. In a branch it takes the place of a key, and has no value."""

    text: str


class Timestamp(str):
    """A moment as RFC 3339 has it, where YAML takes a text for one."""

    __slots__ = ()


Branch = dict[str | Comment, object]
"""A mapping with its keys in order. Values: text, numbers, truth, None, lists, branches."""

Branches = list[Branch]
"""The documents of one file."""


def mac_text(value: object) -> bytes:
    """What a value adds to the MAC of its document (as SOPS writes Go's values)."""
    match value:
        case bool():
            return b"True" if value else b"False"
        case str():
            return value.encode("utf-8", "surrogateescape")
        case float():
            return _plain(value).encode()
        case _:
            return str(value).encode()


def _plain(value: float) -> str:
    """A float without an exponent, in the fewest digits that mean it."""
    if not math.isfinite(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
