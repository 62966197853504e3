"""The limits that a schema sets to one value: enum, pattern, lengths, ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

import orjson
import re2

from apiserver.refusal import Cause
from apiserver.value import elements, same, text

Source = Mapping[str, object]


def faults(value: object, source: Source, path: str) -> Iterator[Cause]:
    """What is wrong with a value, what is below it apart."""
    yield from _enum(value, source, path)
    if isinstance(value, str):
        yield from _text(value, source, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, source, path)
    elif isinstance(value, list):
        yield from _size(len(value), source, path, ("minItems", "maxItems", "items"))
    elif isinstance(value, dict):
        names = ("minProperties", "maxProperties", "properties")
        yield from _size(len(value), source, path, names)


def _shown(value: object) -> str:
    return orjson.dumps(value).decode()


def _invalid(path: str, value: object, why: str) -> Cause:
    return Cause(path, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {path} in body {why}")


def _enum(value: object, source: Source, path: str) -> Iterator[Cause]:
    allowed = elements(source, "enum")
    if allowed and not any(same(value, each) for each in allowed):
        choices = ", ".join(_shown(each) for each in allowed)
        message = f"Unsupported value: {_shown(value)}: supported values: {choices}"
        yield Cause(path, "FieldValueNotSupported", message)


@lru_cache(maxsize=2048)
def _pattern(expression: str) -> re2.Pattern | None:
    """RE2, as in the real server: linear in time whatever the pattern and the text."""
    try:
        return re2.compile(expression)
    except re2.error:
        return None


def _text(value: str, source: Source, path: str) -> Iterator[Cause]:
    most, least = source.get("maxLength"), source.get("minLength")
    if isinstance(most, int) and len(value) > most:
        yield Cause(path, "FieldValueTooLong", f"Too long: may not be more than {most} bytes")
    elif isinstance(least, int) and len(value) < least:
        yield _invalid(path, value, f"should be at least {least} chars long")
    elif expression := text(source, "pattern"):
        pattern = _pattern(expression)
        if pattern is not None and pattern.search(value) is None:
            yield _invalid(path, value, f"should match '{expression}'")


def _number(value: float, source: Source, path: str) -> Iterator[Cause]:
    least, most, step = source.get("minimum"), source.get("maximum"), source.get("multipleOf")
    if isinstance(least, int | float):
        strict = source.get("exclusiveMinimum") is True
        if value < least or (strict and value == least):
            how = "greater than" if strict else "greater than or equal to"
            yield _invalid(path, value, f"should be {how} {_plain(least)}")
    if isinstance(most, int | float):
        strict = source.get("exclusiveMaximum") is True
        if value > most or (strict and value == most):
            how = "less than" if strict else "less than or equal to"
            yield _invalid(path, value, f"should be {how} {_plain(most)}")
    if isinstance(step, int | float) and step and not math.isclose(value % step, 0, abs_tol=1e-9):
        yield _invalid(path, value, f"should be a multiple of {_plain(step)}")


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _size(size: int, source: Source, path: str, names: tuple[str, str, str]) -> Iterator[Cause]:
    least, most = source.get(names[0]), source.get(names[1])
    if isinstance(most, int) and size > most:
        message = f"Too many: {size}: must have at most {most} items"
        yield Cause(path, "FieldValueTooMany", message)
    if isinstance(least, int) and size < least:
        yield _invalid(path, size, f"should have at least {least} {names[2]}")
