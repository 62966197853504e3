"""The parts of expressions, as functions of a scope."""

from __future__ import annotations

from collections.abc import Callable

from apiserver.cel.function import Function, calculate, compare, contained
from apiserver.cel.scope import CelError, Expression, Scope, items_of, truth

_ESCAPES = {"__dot__": ".", "__dash__": "-", "__slash__": "/", "__underscores__": "__"}


def constant(value: object) -> Expression:
    """A literal."""
    return lambda _: value


def variable(name: str) -> Expression:
    """A name."""
    return lambda scope: scope.get(name)


def _field_name(name: str) -> str:
    """Names that CEL cannot write are escaped in rules."""
    for escape, sign in _ESCAPES.items():
        name = name.replace(escape, sign)
    return name.removeprefix("__").removesuffix("__") if name.startswith("__") else name


class _Field:
    """A field of a map; can say whether it is there, for `has`."""

    def __init__(self, parent: Expression, name: str) -> None:
        self._parent = parent
        self._name = _field_name(name)

    def __call__(self, scope: Scope) -> object:
        holder = self._holder(scope)
        if self._name not in holder:
            raise CelError(f"no such key: {self._name}")
        return holder[self._name]

    def is_there(self, scope: Scope) -> bool:
        """Whether the map has the field."""
        return self._name in self._holder(scope)

    def _holder(self, scope: Scope) -> dict[str, object]:
        scope.budget.spend()
        holder = self._parent(scope)
        if not isinstance(holder, dict):
            raise CelError("no such overload: a map is needed")
        return holder


def field(parent: Expression, name: str) -> Expression:
    """`parent.name`."""
    return _Field(parent, name)


def presence(selected: Expression) -> Expression:
    """`has(parent.name)`."""
    return selected.is_there if isinstance(selected, _Field) else constant(True)


def indexed(holder: Expression, index: Expression) -> Expression:
    """`holder[index]`."""

    def evaluate(scope: Scope) -> object:
        value, at = holder(scope), index(scope)
        if isinstance(value, dict) and at in value:
            return value[at]
        if isinstance(value, list) and isinstance(at, int) and 0 <= at < len(value):
            return value[at]
        raise CelError(f"no such key: {at}" if isinstance(value, dict) else "index out of bounds")

    return evaluate


def listed(items: list[Expression]) -> Expression:
    """`[a, b]`."""
    return lambda scope: [item(scope) for item in items]


def call(function: Function, arguments: list[Expression]) -> Expression:
    """A call."""

    def evaluate(scope: Scope) -> object:
        values = [argument(scope) for argument in arguments]
        scope.budget.spend(1 + sum(len(each) for each in values if isinstance(each, str | list)))
        return function(values)

    return evaluate


def negation(inner: Expression) -> Expression:
    """`!inner`."""
    return lambda scope: not truth(inner(scope))


def choice(condition: Expression, chosen: Expression, other: Expression) -> Expression:
    """`condition ? chosen : other`."""
    return lambda scope: chosen(scope) if truth(condition(scope)) else other(scope)


def binary(sign: str, left: Expression, right: Expression) -> Expression:
    """Two operands and what is between them."""
    if sign in ("&&", "||"):
        return _logic(left, right, decides=sign == "||")
    if sign == "in":
        return lambda scope: contained(left(scope), right(scope))
    if sign in ("+", "-", "*", "/", "%"):
        return lambda scope: calculate(sign, left(scope), right(scope))
    return lambda scope: compare(sign, left(scope), right(scope))


def _logic(left: Expression, right: Expression, *, decides: bool) -> Expression:
    """A side that decides does so even where the other one has no value."""

    def evaluate(scope: Scope) -> bool:
        try:
            if truth(left(scope)) is decides:
                return decides
        except CelError:
            if truth(right(scope)) is decides:
                return decides
            raise
        return truth(right(scope))

    return evaluate


def macro(name: str, holder: Expression, item: str, body: Expression) -> Expression:
    """`holder.all(item, body)` and its kin."""
    work = _MACROS[name]

    def evaluate(scope: Scope) -> object:
        items = items_of(holder(scope))
        scope.budget.spend(len(items))
        return work(items, lambda each: body(scope.having(item, each)))

    return evaluate


Body = Callable[[object], object]


def _all(items: list[object], body: Body) -> bool:
    return all(truth(body(each)) for each in items)


def _exists(items: list[object], body: Body) -> bool:
    return any(truth(body(each)) for each in items)


def _exists_one(items: list[object], body: Body) -> bool:
    return sum(truth(body(each)) for each in items) == 1


def _filter(items: list[object], body: Body) -> list[object]:
    return [each for each in items if truth(body(each))]


def _map(items: list[object], body: Body) -> list[object]:
    return [body(each) for each in items]


_MACROS: dict[str, Callable[[list[object], Body], object]] = {
    "all": _all,
    "exists": _exists,
    "exists_one": _exists_one,
    "filter": _filter,
    "map": _map,
}
