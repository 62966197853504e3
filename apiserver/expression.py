"""Expressions in CEL, in Kubernetes' dialect: the only door of the API server to the engine.

An expression is checked against the types of a schema, and run on plain values
(docs/decisions/0007-cel.md tells why, and what is not there).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import cast

from cel_expr_python import cel

from apiserver.expression_declaration import Declarations
from apiserver.expression_fault import told_as_in_go
from apiserver.expression_library import FAULTS, checking, running
from apiserver.expression_type import Sort

_LIBRARIES = ("lists", "optional", "sets", "strings\n    version: 2")
_MACROS = ("two-var-comprehensions",)

_STATUS = re.compile(r"^[A-Z_]+: (?=.)| ?\[[A-Z_]+\]$")
_VALIDATE = re.compile(r"(format\s*\.\s*\w+\s*\([^()]*\))\s*\.\s*validate\s*\(")
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map|transform\w+|sortBy)\s*\(")
_OPTIONAL = "cel.bind(oldSelf, hadSelf ? optional.of(wasSelf) : optional.none(),\n{}\n)"
_STEPS = 500_000_000
_BYTES = 64 * 1024 * 1024


class ExpressionError(Exception):
    """An expression that cannot be compiled, or that has no answer; in cel-go's words."""


class CostError(ExpressionError):
    """An expression that would cost too much."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that can be evaluated. `uses_old`: whether it looks at `oldSelf`; `gives`: the
    type of its answer."""

    text: str
    uses_old: bool
    gives: str
    _engine: cel.Expression = field(repr=False)
    _is_optional: bool

    def value(self, new: object, old: object, *, size: int) -> object:
        """The answer for `self` and `oldSelf`. `size`: of both as JSON. Raises ExpressionError."""
        if _is_too_much(self.text, size):
            raise CostError("operation cancelled: actual cost limit exceeded")
        variables: dict[str, object] = {"self": new, "oldSelf": old}
        if self._is_optional:
            variables |= {"wasSelf": old, "hadSelf": old is not None}
        try:
            answer = self._engine.eval(data=variables)
            value = answer.value()
        except (RuntimeError, TypeError, OverflowError) as error:
            raise _failure(str(error)) from error
        if answer.type() == cel.Type.ERROR:
            raise _failure(str(value))
        return cast("object", value)


class Compiler:
    """Compiles expressions about values of one type. `is_optional`: `oldSelf` is an optional."""

    def __init__(self, sort: Sort, *, is_optional: bool = False) -> None:
        declarations = Declarations()
        kind = declarations.type_of(sort)
        old = {"wasSelf": kind, "hadSelf": cel.Type.BOOL} if is_optional else {"oldSelf": kind}
        self._is_optional = is_optional
        self._pool = declarations.pool()
        self._with_old = self._environment({"self": kind, **old}, "bindings")
        self._without = self._environment({"self": kind})

    def compile(self, text: str) -> Expression:
        """Check an expression. Raises ExpressionError with every fault and its place."""
        uses_old = "oldSelf" in text and not _compiles(self._without, _prepared(text))
        wrapped = self._is_optional and uses_old
        try:
            found = self._with_old.compile(
                _OPTIONAL.format(_prepared(text)) if wrapped else _prepared(text)
            )
        except RuntimeError as error:
            told = told_as_in_go(_STATUS.sub("", str(error)), line_shift=int(wrapped))
            raise ExpressionError(told) from error
        engine = _runner().deserialize(found.serialize())
        return Expression(text, uses_old, found.return_type().name(), engine, wrapped)

    def _environment(self, variables: Mapping[str, cel.Type], *more: str) -> cel.Env:
        config = _config((*_LIBRARIES, *_MACROS, *(more if self._is_optional else ())))
        return cel.NewEnv(
            self._pool, config=config, variables=variables, functions=_declared_functions()
        )


@cache
def _declared_functions() -> list[cel.FunctionDecl]:
    return checking()


@cache
def _runner() -> cel.Env:
    return cel.NewEnv(config=_config(_LIBRARIES), functions=running())


def _config(names: Iterable[str]) -> cel.EnvConfig:
    libraries = "".join(f"  - name: {name}\n" for name in names)
    return cel.NewEnvConfigFromYaml(f"extensions:\n{libraries}")


def _compiles(environment: cel.Env, text: str) -> bool:
    try:
        environment.compile(text)
    except RuntimeError:
        return False
    return True


def _prepared(text: str) -> str:
    """`format.x().validate(y)` put in terms of a function that gives a list, not an optional."""
    while found := _VALIDATE.search(text):
        end = _closing(text, found.end())
        inner = f"optional.ofNonZeroValue({FAULTS}({found.group(1)}, {text[found.end() : end]}))"
        text = text[: found.start()] + inner + text[end + 1 :]
    return text


def _closing(text: str, start: int) -> int:
    """Where the bracket closes that was opened just before `start`."""
    depth, quote = 1, ""
    for index in range(start, len(text)):
        letter = text[index]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter == "(") - (letter == ")")
        if not depth:
            return index
    return len(text)


def _is_too_much(text: str, size: int) -> bool:
    """Crude: what an expression may loop over, times what a turn may touch; and what may double
    each time that it is given a name."""
    loops = min(len(_LOOP.findall(text)), 20)
    steps = min(10_000, float(size) ** loops) * (size // 8)
    growth = sum(map(text.count, "+,%")) + text.count("replace")
    doubled = (growth / loops + 1) ** loops if loops else growth + 1
    return steps > _STEPS or size * doubled > _BYTES


_WORDS = (
    (re.compile(r'Key not found in map : "(.*)"'), r"no such key: \1"),
    (re.compile(r"Index error: index=(-?\d+) size=\d+"), r"index out of bounds: \1"),
    (re.compile(r"No matching overloads found.*", re.DOTALL), "no such overload"),
    (re.compile(r"divide by zero"), "division by zero"),
    (re.compile(r"cannot convert string to (int|uint|double|bool)"),
     r"type conversion error from 'string' to '\1'"),
    (re.compile(r"String to (Duration|Timestamp) conversion failed"),
     r"type conversion error from 'string' to 'google.protobuf.\1'"),
    (re.compile(r"Iteration budget exceeded"), "operation cancelled: actual cost limit exceeded"),
)  # fmt: skip


def _failure(message: str) -> ExpressionError:
    told = _STATUS.sub("", message)
    for pattern, words in _WORDS:
        told = pattern.sub(words, told)
    return CostError(told) if "cost limit" in told else ExpressionError(told)
