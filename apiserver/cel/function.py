"""The functions that expressions may call, and the operators."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, cast

import re2

from apiserver.cel.scope import CelError, items_of
from apiserver.value import same

Function = Callable[[list[object]], object]


def compare(sign: str, one: object, other: object) -> bool:
    """`==` and its kin. Raises CelError for values that have no order."""
    if sign in ("==", "!="):
        return _equal(one, other) == (sign == "==")
    if _is_number(one) and _is_number(other):
        order = _order(cast("float", one), cast("float", other))
    elif isinstance(one, str) and isinstance(other, str):
        order = _order(one, other)
    else:
        raise CelError(f"no such overload: {sign}")
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]


T = TypeVar("T", str, float)


def _order(one: T, other: T) -> int:
    return (one > other) - (one < other)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(one: object, other: object) -> bool:
    return one == other if _is_number(one) and _is_number(other) else same(one, other)


def calculate(sign: str, one: object, other: object) -> object:
    """Arithmetic, and `+` for texts and lists. Raises CelError."""
    if sign == "+" and type(one) is type(other) and isinstance(one, str | list):
        return one + other  # type: ignore[operator]  # both are of the one type
    if not (_is_number(one) and _is_number(other)):
        raise CelError(f"no such overload: {sign}")
    left, right = cast("int", one), cast("int", other)
    if sign in "/%" and right == 0:
        raise CelError("division by zero" if sign == "/" else "modulus by zero")
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return int(left / right) if isinstance(one, int) else left / right
        case _:
            # The remainder has the sign of the dividend, unlike in Python.
            return left - int(left / right) * right


def contained(one: object, other: object) -> bool:
    """`in`: an item of a list, a key of a map."""
    return any(_equal(one, each) for each in items_of(other))


def texts(arguments: list[object], count: int) -> list[str]:
    """Arguments that have to be so many texts. Raises CelError."""
    if len(arguments) != count or not all(isinstance(each, str) for each in arguments):
        raise CelError("no such overload: texts are needed")
    return cast("list[str]", arguments)


def size(arguments: list[object]) -> int:
    """The length of a text, list or map."""
    value = arguments[0] if len(arguments) == 1 else None
    if isinstance(value, str | list | dict):
        return len(value)
    raise CelError("no such overload: size")


@lru_cache(maxsize=1024)
def _pattern(expression: str) -> re2.Pattern:
    try:
        return re2.compile(expression)
    except re2.error as error:
        raise CelError(f"error parsing regexp: {error}") from error


def _matches(arguments: list[object]) -> bool:
    text, expression = texts(arguments, 2)
    return _pattern(expression).search(text) is not None


def _to_int(arguments: list[object]) -> int:
    try:
        return int(cast("str", arguments[0]))
    except (TypeError, ValueError) as error:
        raise CelError(f"type conversion error to int: {error}") from error


def _to_text(arguments: list[object]) -> str:
    value = arguments[0]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _to_double(arguments: list[object]) -> float:
    try:
        return float(cast("str", arguments[0]))
    except (TypeError, ValueError) as error:
        raise CelError(f"type conversion error to double: {error}") from error


def _split(arguments: list[object]) -> list[str]:
    text, sign = texts(arguments, 2)
    return text.split(sign) if sign else list(text)


def _join(arguments: list[object]) -> str:
    words = items_of(arguments[0])
    sign = arguments[1] if len(arguments) > 1 else ""
    if not isinstance(sign, str):
        raise CelError("no such overload: join")
    return sign.join(texts(words, len(words)))


def _of(count: int, work: Callable[..., object]) -> Function:
    return lambda arguments: work(*texts(arguments, count))


FUNCTIONS: dict[str, Function] = {
    "size": size,
    "startsWith": _of(2, str.startswith),
    "endsWith": _of(2, str.endswith),
    "contains": _of(2, str.__contains__),
    "indexOf": _of(2, str.find),
    "lowerAscii": _of(1, str.lower),
    "upperAscii": _of(1, str.upper),
    "trim": _of(1, str.strip),
    "replace": _of(3, str.replace),
    "matches": _matches,
    "find": _of(2, lambda text, expression: _found(text, expression)),
    "split": _split,
    "join": _join,
    "int": _to_int,
    "string": _to_text,
    "double": _to_double,
}


def _found(text: str, expression: str) -> str:
    match = _pattern(expression).search(text)
    return match[0] if match else ""
