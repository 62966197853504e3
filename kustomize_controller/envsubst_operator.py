"""What the operators of `${name<operator>…}` make of a value. Pure.

Values are bytes, since Flux counts and cuts bytes; where it looks at characters, so do we.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from kustomize_controller import glob

Operation = Callable[[bytes, tuple[bytes, ...]], bytes]

_NUMBER = re.compile(rb"[+-]?[0-9]+")
_NO_CHARACTER = re.compile("[\udc80-\udcff]")
_LARGEST = 1 << 63


def operation(operator: str) -> Operation:
    """What an operator does; an operator that nobody knows leaves the value, or takes the default
    where that is empty, as all of `- :- = := + :+ ? :?` do (flux.md 12 (71))."""
    return _OPERATIONS.get(operator, _default)


def has_default(operator: str) -> bool:
    """Whether an operator is at ease with a variable that has no value."""
    return operator in {"=", ":=", ":-", ":+", ":?"}


def _default(value: bytes, arguments: tuple[bytes, ...]) -> bytes:
    return value or b"".join(arguments)


def _count_or_trim(value: bytes, arguments: tuple[bytes, ...]) -> bytes:
    """`${#name}`, or `${name#pattern}`."""
    return _trimmed(value, arguments, longest=False) if arguments else b"%d" % len(value)


def _trimmed(value: bytes, arguments: tuple[bytes, ...], *, longest: bool) -> bytes:
    pattern = _glob(_characters(arguments[0]))
    return value[pattern.prefix(_characters(value), longest=longest) :] if pattern else value


def _cut(value: bytes, arguments: tuple[bytes, ...], *, longest: bool) -> bytes:
    """The same from the end. Flux writes pattern and value backwards for that, so a set of
    characters, `[a-z]`, is malformed here and cuts nothing."""
    kept = _trimmed(_backwards(value), (_backwards(arguments[0]),), longest=longest)
    return _backwards(kept)


def _part(value: bytes, arguments: tuple[bytes, ...]) -> bytes:
    """`${name:position}` or `${name:position:length}`, in bytes. What is no number means all; a
    negative length counts from the end."""
    numbers = [_number(argument) for argument in arguments]
    position, length = numbers[0], numbers[-1] if len(numbers) > 1 else len(value)
    if position is None or length is None:
        return value
    if position < 0:
        position = max(len(value) + position, 0)
    end = position + length if length >= 0 else max(len(value) + length, 0)
    return value[position:end]


def _replaced(value: bytes, arguments: tuple[bytes, ...], *, most: int) -> bytes:
    old, new = (*arguments, b"")[:2]
    if old:
        return value.replace(old, new, most)
    return _bytes(_characters(value).replace("", _characters(new), most))


def _with_prefix(value: bytes, arguments: tuple[bytes, ...]) -> bytes:
    """`${name/#old/new}`. Without anything new it changes nothing, unlike bash."""
    if len(arguments) == 2 and value.startswith(arguments[0]):
        return arguments[1] + value.removeprefix(arguments[0])
    return value


def _with_suffix(value: bytes, arguments: tuple[bytes, ...]) -> bytes:
    if len(arguments) == 2 and value.endswith(arguments[0]):
        return value.removesuffix(arguments[0]) + arguments[1]
    return value


def _cased(value: bytes, change: Callable[[str], str], *, first: bool) -> bytes:
    text = _characters(value)
    end = 1 if first else len(text)
    return _bytes("".join(map(change, text[:end])) + text[end:])


def _lower(char: str) -> str:
    """One character for one, as Go has it; without what languages do beyond that."""
    return char.lower()[0]


def _upper(char: str) -> str:
    return next((form for form in (char.upper(), char.title()) if len(form) == 1), char)


def _number(text: bytes) -> int | None:
    if not _NUMBER.fullmatch(text) or len(text) > 20:
        return None
    number = int(text)
    return number if -_LARGEST <= number < _LARGEST else None


def _characters(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _backwards(value: bytes) -> bytes:
    """The characters from last to first; a byte that is none becomes one, as in Flux."""
    return _bytes(_NO_CHARACTER.sub(glob.BROKEN, _characters(value))[::-1])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=256)
def _glob(pattern: str) -> glob.Glob | None:
    return glob.parsed(pattern)


_OPERATIONS: dict[str, Operation] = {
    ",": lambda value, _: _cased(value, _lower, first=True),
    ",,": lambda value, _: _cased(value, _lower, first=False),
    "^": lambda value, _: _cased(value, _upper, first=True),
    "^^": lambda value, _: _cased(value, _upper, first=False),
    "#": _count_or_trim,
    "##": lambda value, arguments: _trimmed(value, arguments, longest=True),
    "%": lambda value, arguments: _cut(value, arguments, longest=False),
    "%%": lambda value, arguments: _cut(value, arguments, longest=True),
    ":": _part,
    "/": lambda value, arguments: _replaced(value, arguments, most=1),
    "//": lambda value, arguments: _replaced(value, arguments, most=-1),
    "/#": _with_prefix,
    "/%": _with_suffix,
}
