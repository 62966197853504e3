"""The rules of a schema (`x-kubernetes-validations`), compiled where they stand.

Behaviour: apiextensions' CEL validation. The text of every fault is the real server's: people see
it when they write a definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from apiserver.expression import Compiler, Expression, ExpressionError
from apiserver.expression_type import Sort, sort_of
from apiserver.schema import Node
from apiserver.value import Object, objects, section, text

KEYWORD = "x-kubernetes-validations"
Source = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `told`: its message expression; `fault`: why it cannot be asked."""

    source: Object
    check: Expression | None = None
    told: Expression | None = None
    fault: str = ""

    @property
    def name(self) -> str:
        """What to call it by: its message, or its text."""
        return text(self.source, "message").strip() or text(self.source, "rule").strip()

    @property
    def is_optional(self) -> bool:
        """Whether it is also asked where there is no older value."""
        return self.source.get("optionalOldSelf") is True


@dataclass(frozen=True, slots=True)
class Ruled:
    """A part of a schema with its rules, and the parts below it that have some."""

    source: Source
    sort: Sort | None
    rules: tuple[Rule, ...]
    fields: Mapping[str, Ruled] = field(default_factory=dict)
    values: Ruled | None = None
    items: Ruled | None = None


@lru_cache(maxsize=512)
def rules_of(root: Node) -> Ruled | None:
    """The rules of a kind; None where it has none. Compiled once a definition."""
    return _ruled(root.source, is_resource=True)


def _ruled(source: Source, *, is_resource: bool = False) -> Ruled | None:
    if not source:
        return None
    fields = {
        name: found
        for name, below in section(source, "properties").items()
        if isinstance(below, dict) and (found := _ruled(cast("Source", below)))
    }
    values = _ruled(section(source, "additionalProperties"))
    items = _ruled(section(source, "items"))
    declared = [*objects(source, KEYWORD), *_combined(source)]
    if not (fields or values or items or declared):
        return None
    sort = sort_of(source, is_resource=is_resource) if declared else None
    rules = tuple(compiled(declared, sort)) if sort else ()
    return Ruled(source, sort, rules, fields, values, items)


def _combined(source: Source) -> Iterator[Object]:
    for each in objects(source, "allOf"):
        yield from objects(each, KEYWORD)


def compiled(declared: list[Object], sort: Sort) -> Iterator[Rule]:
    """Rules about values of one type, each compiled or with its fault."""
    compilers: dict[bool, Compiler] = {}
    for source in declared:
        optional = source.get("optionalOldSelf") is True
        if optional not in compilers:
            compilers[optional] = Compiler(sort, is_optional=optional)
        yield _compiled(source, compilers[optional])


def _compiled(source: Object, compiler: Compiler) -> Rule:
    try:
        check = compiler.compile(text(source, "rule"))
    except ExpressionError as error:
        return Rule(source, fault=f"compilation failed: {error}")
    if check.gives != "BOOL":
        return Rule(source, fault="cel expression must evaluate to a bool")
    try:
        return Rule(source, check, _told(source, compiler))
    except ExpressionError as error:
        return Rule(source, check, fault=str(error))


def _told(source: Object, compiler: Compiler) -> Expression | None:
    words = text(source, "messageExpression")
    if not words:
        return None
    try:
        told = compiler.compile(words)
    except ExpressionError as error:
        why = f"messageExpression compilation failed: {error}"
        raise ExpressionError(why) from error
    if told.gives != "STRING":
        raise ExpressionError("messageExpression must evaluate to a string")
    return told
