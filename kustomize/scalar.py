"""Scalars that remember how they were written, as long as a build runs.

kustomize works on the text of a document, so `a: 0x1F` in an annotation stays `0x1F`, and what is
put into a number field must read as a number. Most scalars spell themselves the way Go would print
them and are ordinary Python values; the few others are of the classes here. `plain` ends this.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

from kustomize.folded_text import refolded
from kustomize.problem import BuildError
from shared.manifest.identity import Manifest
from shared.manifest.reading_rule import Rules
from shared.manifest.resolution import resolved, timestamp, whole_if_integral
from shared.manifest.scalar_text import number_text


class SpelledInt(int):
    """A whole number written in its own way: `0x1F`, `1_000`, `1.0`."""

    text: str


class SpelledFloat(float):
    """A number with a fraction or an exponent."""

    text: str


class SpelledBool(int):
    """A boolean written `True` or `TRUE`."""

    text: str


class Moment(str):
    """A plain timestamp: its text is what the author wrote, what comes out is RFC 3339."""

    __slots__ = ()


class Quoted(str):
    """A text in quotes or in a block: what is put in its place is text too."""

    __slots__ = ()


class Folded(Quoted):
    """A text in a folded block, `>`."""

    __slots__ = ()


class Null:
    """Null written in its own way: `~`, or no text at all where a value should be."""

    __slots__ = ("text",)

    def __init__(self, text: str = "") -> None:
        self.text = text


class OddKey(str):
    """A key that YAML reads as a number, boolean or null. It may not be there in the end."""

    __slots__ = ()


EMPTY = Null()
"""`key:` without a value; null in the end. Unlike the word `null`, a patch lets it vanish."""
EMPTY_IN_FLOW = Null()
"""`{key: }` without a value; the empty string in the end."""
MISSING = object()
"""Nothing there, where null would be something."""


def spelled(text: str) -> object:
    """What a plain scalar is, together with its spelling where that is not the usual one."""
    value = resolved(text)
    if value is text:
        return text
    return _spelled(text)


@lru_cache(maxsize=1 << 14)
def _spelled(text: str) -> object:
    value = resolved(text)
    if isinstance(value, str):
        return value if value == text else Moment(text)
    if value is None:
        return Null(text) if text != "null" else None
    if not isinstance(value, float) and text_of(value) == text:
        return value
    kind = {bool: SpelledBool, int: SpelledInt, float: SpelledFloat}[type(value)]
    result = kind(cast("float", value))
    result.text = text
    return result


def key_of(text: str) -> str:
    """A key that is written plainly: an OddKey where YAML takes it for something else."""
    return text if isinstance(resolved(text), str) else OddKey(text)


def _key(text: str, _: Callable[[str], object]) -> str:
    # `? : 1` has no key at all; kustomize writes it down as an empty text before it looks.
    return key_of(text) if text else text


RESOURCE = Rules(
    resolve=spelled,
    key=_key,
    quoted=Quoted,
    folded=Folded,
    empty=EMPTY,
    empty_in_flow=EMPTY_IN_FLOW,
)
"""How resources and patches are read while a build runs."""


def is_null(value: object) -> bool:
    """Whether there is nothing: null in any spelling."""
    return value is None or isinstance(value, Null)


def is_empty(value: object) -> bool:
    """Null, `{}` or `[]`."""
    return is_null(value) or (isinstance(value, dict | list) and not value)


def text_of(value: object) -> str:
    """The text of a scalar as it was written; empty for lists and mappings."""
    if isinstance(value, str):
        return str(value) if isinstance(value, Moment | Folded) else value
    if isinstance(value, SpelledInt | SpelledFloat | SpelledBool | Null):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return "null" if value is None else ""


def scalar_text(value: object) -> str:
    """The text of a scalar; empty for null too."""
    return "" if is_null(value) else text_of(value)


def retyped(old: object, text: str) -> object:
    """Another text in the place of a scalar, which keeps its type.

    Raises BuildError where the text cannot be read as that type.
    """
    if isinstance(old, str) and not isinstance(old, Moment):
        return text
    value = spelled(text)
    if isinstance(old, SpelledBool | bool):
        fits, tag = isinstance(value, bool | SpelledBool), "bool"
    elif isinstance(old, SpelledInt | int):
        fits, tag = isinstance(value, int) and not isinstance(value, bool | SpelledBool), "int"
    elif isinstance(old, float):
        fits, tag = isinstance(value, int | float), "float"
    else:
        fits, tag = is_null(value) or isinstance(old, Moment), "null"
    if not fits:
        raise BuildError(f"yaml: cannot decode !!str `{text}` as a !!{tag}")
    return value


def is_quoted(value: object) -> bool:
    """Whether a text is, or has to be, in quotes."""
    return isinstance(value, Quoted) or (type(value) is str and resolved(value) != value)


def in_place(old: object, text: str) -> object:
    """A text in the place of a scalar, written as that was: without quotes it may be a number."""
    return text if old is MISSING or is_quoted(old) else spelled(text)


def plain(value: object) -> object:
    """A value without spellings; the same object where it had none.

    Raises BuildError for keys that are not strings and numbers that JSON does not have.
    """
    kind = type(value)
    if kind is str or kind is bool or kind is int or value is None:
        return value
    if kind is dict:
        return _plain_mapping(cast("Manifest", value))
    if kind is list:
        items = cast("list[object]", value)
        for index, item in enumerate(items):
            items[index] = plain(item)
        return items
    return _plain_scalar(value)


def _plain_mapping(mapping: Manifest) -> Manifest:
    for key, value in mapping.items():
        if type(key) is OddKey:
            raise BuildError(f"json: unsupported type: the key {key} of a mapping is not a string")
        kind = type(value)
        if kind is not str and kind is not bool and kind is not int and value is not None:
            mapping[key] = plain(value)
    return mapping


def _plain_scalar(value: object) -> object:
    if isinstance(value, Moment):
        return timestamp(value)
    if isinstance(value, str):
        return refolded(str(value)) if isinstance(value, Folded) else str(value)
    if isinstance(value, SpelledBool):
        return bool(value)
    if isinstance(value, Null):
        return "" if value is EMPTY_IN_FLOW else None
    if isinstance(value, float):
        if value - value != 0:
            raise BuildError(f"json: unsupported value: {float(value)}")
        return whole_if_integral(float(value))
    return int(value) if isinstance(value, int) else value


def copied(value: object) -> object:
    """A copy that shares no mapping and no list with the original."""
    if type(value) is dict:
        return {
            key: copied(item) if type(item) is dict or type(item) is list else item
            for key, item in value.items()
        }
    if type(value) is list:
        return [copied(item) for item in value]
    return value
