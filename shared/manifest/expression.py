"""Expressions in CEL over manifests: read once, evaluated many times, at a bounded cost.

The dialect is that of Flux (reference flux.md 1.6): cel-go with strings, sets, encoders and
optional types; numbers of different types compare; times are UTC. The engine is the CEL project's
own (docs/decisions/0007-cel.md), and this is its only door on our side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, cast

from cel_expr_python import cel

from shared.manifest.expression_limit import Shape, excess, measure, shape_of
from shared.problem import Problem

MOST_TEXT = 10_000
"""Characters of an expression."""

_LIBRARIES = ("optional", "strings", "sets", "encoders")
# Words of the engine's own that say nothing to the reader of a condition.
_NOISE = re.compile(r"^[A-Z_]+: |ERROR: <input>:| ?\[[A-Z_]+\]$| \(in container ''\)")


class ExpressionError(Problem):
    """An expression that cannot be read, or that has no answer for these objects."""


class _Engine(Protocol):
    """A compiled expression, as far as it is used here."""

    def eval(self, *, data: Mapping[str, object]) -> cel.Value: ...
    def return_type(self) -> cel.Type: ...


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that can be evaluated. `place`: the field that it stands in."""

    text: str
    place: str
    _engine: _Engine = field(repr=False)
    _shape: Shape = field(repr=False)

    def is_true(self, variables: Mapping[str, object]) -> bool:
        """The answer for the variables, which are JSON-like. Raises ExpressionError where there is
        none: a field that is not there, an answer that is neither true nor false, a cost out of
        bounds."""
        too_much = excess(self._shape, measure(variables.values()))
        if too_much:
            raise self._error(too_much)
        try:
            answer = self._engine.eval(data=variables)
        except (RuntimeError, TypeError, OverflowError) as error:
            raise self._error(_told(str(error))) from error
        if answer.type() == cel.Type.ERROR:
            raise self._error(_told(str(answer.value())))
        if answer.type() != cel.Type.BOOL:
            raise self._error(f"the answer is a {answer.type().name().lower()}, not true or false")
        return bool(answer.value())

    def _error(self, why: str) -> ExpressionError:
        return ExpressionError(f"{self.place}: cannot evaluate '{self.text}': {why}")


def parsed(text: str, *, place: str) -> Expression:
    """An expression whose grammar is right, and nothing else is known of. Raises ExpressionError
    that names `place`, the text, and where in it the fault is."""
    return _read(text, place, ())


def checked(text: str, *, place: str, variables: tuple[str, ...]) -> Expression:
    """An expression over just these variables whose answer is true or false whatever they hold.
    Raises ExpressionError."""
    found = _read(text, place, variables)
    answer = found._engine.return_type().name()  # noqa: SLF001  # its own module
    if answer != "BOOL":
        raise _unreadable(text, place, f"the answer has to be a bool, and is {answer.lower()}")
    return found


def _read(text: str, place: str, variables: tuple[str, ...]) -> Expression:
    if len(text) > MOST_TEXT:
        raise ExpressionError(f"{place}: an expression of more than {MOST_TEXT} characters")
    try:
        return Expression(text, place, _compiled(text, variables), shape_of(text))
    except RuntimeError as error:
        raise _unreadable(text, place, _told(str(error))) from error


def _unreadable(text: str, place: str, why: str) -> ExpressionError:
    return ExpressionError(f"{place}: cannot read '{text}': {why}")


@lru_cache(maxsize=1024)
def _compiled(text: str, variables: tuple[str, ...]) -> _Engine:
    """Without variables the types are not checked."""
    found = _environment(variables).compile(text, disable_check=not variables)
    return cast("_Engine", found)


@lru_cache(maxsize=16)
def _environment(variables: tuple[str, ...]) -> cel.Env:
    libraries = "".join(f"  - name: {name}\n" for name in _LIBRARIES)
    types = dict.fromkeys(variables, cel.Type.DYN)
    config = cel.NewEnvConfigFromYaml(f"extensions:\n{libraries}")
    return cel.NewEnv(config=config, variables=types)


def _told(message: str) -> str:
    """What the engine says first, with line and column where it says so. Its drawing of the place
    is left out: a condition is one line."""
    return _NOISE.sub("", message.partition("\n")[0]).strip()
