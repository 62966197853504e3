"""`${name}` in a text and what stands for it: Flux's substitution of variables. Pure.

A value that is put in is not looked at again, whatever it holds: there is no second round. The work
is bounded, so a few lines cannot become gigabytes or hours.
"""

from __future__ import annotations

from collections.abc import Mapping

from kustomize_controller.envsubst_operator import has_default, operation
from kustomize_controller.envsubst_syntax import Reference, Template, parsed
from kustomize_controller.problem import KustomizationProblem

MOST_WORK = 64 << 20
"""Bytes that may be read and written while the variables of one text are filled in."""


class Unset(KustomizationProblem):
    """A variable has no value, and strictness forbids that. `name`: the variable."""

    def __init__(self, name: str) -> None:
        super().__init__(f'variable not set (strict mode): "{name}"')
        self.name = name


def substituted(text: str, variables: Mapping[str, bytes], *, strict: bool) -> bytes:
    """The text with its variables filled in. `strict`: a variable without a value is an error,
    unless its operator names a default; otherwise it is empty.

    Raises Unset, and KustomizationProblem for references that cannot be read or that make too much
    of a text. No message holds a value.
    """
    return _Evaluation(variables, strict).result(parsed(text))


class _Evaluation:
    """One text being filled in, and how much work that may still be."""

    __slots__ = ("_left", "_strict", "_variables")

    def __init__(self, variables: Mapping[str, bytes], strict: bool) -> None:
        self._variables = variables
        self._strict = strict
        self._left = MOST_WORK

    def result(self, template: Template) -> bytes:
        """What the template comes to."""
        return b"".join(self._piece(piece) for piece in template)

    def _piece(self, piece: str | Reference) -> bytes:
        found = piece.encode() if isinstance(piece, str) else self._value(piece)
        self._spend(len(found))
        return found

    def _value(self, reference: Reference) -> bytes:
        # As in Flux the arguments count even where they are not used: `${a:-${b}}` asks for b.
        arguments = tuple(self._piece(argument) for argument in reference.arguments)
        value = self._variables.get(reference.name)
        if value is None and self._strict and not has_default(reference.operator):
            raise Unset(reference.name)
        value = value or b""
        if reference.operator:
            self._spend(_cost(reference.operator, value, arguments))
        return operation(reference.operator)(value, arguments)

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise KustomizationProblem(
                f"filling in the variables is more than {MOST_WORK >> 20} MiB of work"
            )


def _cost(operator: str, value: bytes, arguments: tuple[bytes, ...]) -> int:
    """What an operation reads and writes, in bytes, at most; told before it is done."""
    if operator in {"#", "##", "%", "%%"} and arguments:
        return len(value) * (8 + len(arguments[0]) // 8)
    if operator in {"/", "//"} and len(arguments) == 2:
        old, new = arguments
        found = value.count(old) if old else len(value) + 1
        return len(value) + found * len(new)
    return len(value) + sum(map(len, arguments))
