"""Whether a custom resource keeps the rules of its schema; told in the real server's words.

A rule that looks at `oldSelf` is asked where the older value can be found: fields by their names,
items of a list by their keys. A rule that a value breaks which has not changed is only warned of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

from apiserver.expression import CostError, ExpressionError
from apiserver.expression_type import typed
from apiserver.refusal import Cause
from apiserver.rule_compilation import Rule, Ruled, rules_of
from apiserver.schema import Node
from apiserver.value import Object, encode, same, strings, text

SECONDS = 2.0
"""What all rules of one object may take together."""

_BLOCKING = {
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
}
_UNCHECKED = Cause(
    "<nil>",
    "FieldValueInvalid",
    "Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation",
)
_SPENT = (
    "validation failed due to running out of cost budget, no further validation rules will be run"
)
_MOST_MESSAGE = 5 * 1024


@dataclass(slots=True)
class Findings:
    """What came of asking: what is wrong, and what is only warned of. `until`: when to stop."""

    causes: list[Cause] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A value and where it is. `old`: what it was, None where that cannot be told; `nearest`: the
    nearest value around it that can be compared with what it was, with that."""

    path: str
    value: object
    old: object = None
    nearest: tuple[object, object] = (None, None)

    def has_changed(self) -> bool:
        """Whether the value may differ from what it was."""
        new, old = (self.value, self.old) if self.old is not None else self.nearest
        return old is None or not same(new, old)


class _Spent(Exception):
    """No further rules are asked."""


def findings(content: Object, before: Object | None, root: Node, known: list[Cause]) -> Findings:
    """Which rules an object breaks. `before`: the live object. Rules rely on values of the right
    shape: where what is `known` to be wrong is of that sort none is asked, and that is told."""
    rules = rules_of(root)
    found = Findings(until=perf_counter() + SECONDS)
    if rules is None:
        return found
    if any(cause.reason in _BLOCKING for cause in known):
        found.causes.append(_UNCHECKED)
        return found
    with suppress(_Spent):
        _walk(Spot("", content, before), rules, found)
    return found


def _walk(spot: Spot, ruled: Ruled, found: Findings) -> None:
    if spot.value is None:
        return
    if ruled.rules:
        _ask(spot, ruled, found)
    for below, rules in _below(spot, ruled):
        _walk(below, rules, found)


def _below(spot: Spot, ruled: Ruled) -> Iterator[tuple[Spot, Ruled]]:
    if isinstance(spot.value, dict):
        for name, value in cast("Object", spot.value).items():
            is_field = name in ruled.fields
            rules = ruled.fields.get(name, ruled.values)
            if rules:
                path = f"{spot.path}.{name}".lstrip(".") if is_field else f"{spot.path}[{name}]"
                yield _child(spot, path, value, _old_field(spot, ruled, name)), rules
    elif isinstance(spot.value, list) and ruled.items:
        olds = _old_items(spot, ruled)
        for index, value in enumerate(spot.value):
            yield _child(spot, f"{spot.path}[{index}]", value, olds(value)), ruled.items


def _child(spot: Spot, path: str, value: object, old: object) -> Spot:
    nearest = spot.nearest if spot.old is None else (spot.value, spot.old)
    return Spot(path, value, old, nearest)


def _old_field(spot: Spot, ruled: Ruled, name: str) -> object:
    atomic = ruled.source.get("x-kubernetes-map-type") == "atomic"
    old = spot.old
    return cast("Object", old).get(name) if isinstance(old, dict) and not atomic else None


class _OldItems:
    """The older items of a list, found by their keys."""

    def __init__(self, items: list[object], keys: list[str]) -> None:
        self._keys = keys
        self._known = {self._mark(each): each for each in items} if keys else {}

    def __call__(self, item: object) -> object:
        return self._known.get(self._mark(item)) if self._known else None

    def _mark(self, item: object) -> bytes:
        said = cast("Object", item) if isinstance(item, dict) else {}
        return encode([said.get(key) for key in self._keys])


def _old_items(spot: Spot, ruled: Ruled) -> _OldItems:
    is_map = ruled.source.get("x-kubernetes-list-type") == "map"
    keys = strings(ruled.source, "x-kubernetes-list-map-keys") if is_map else []
    return _OldItems(spot.old if isinstance(spot.old, list) else [], keys)


@dataclass(frozen=True, slots=True)
class _Values:
    """What expressions see."""

    new: object
    old: object
    size: int


def _ask(spot: Spot, ruled: Ruled, found: Findings) -> None:
    sort = ruled.sort
    if sort is None:
        return
    old = None if spot.old is None else typed(spot.old, sort)
    size = len(encode(spot.value)) + (0 if spot.old is None else len(encode(spot.old)))
    values = _Values(typed(spot.value, sort), old, size)
    for rule in ruled.rules:
        if perf_counter() > found.until:
            found.causes.append(_wrong(spot, _SPENT))
            raise _Spent
        _judge(spot, rule, values, found)


def _judge(spot: Spot, rule: Rule, values: _Values, found: Findings) -> None:
    if rule.check is None:
        found.causes.append(_wrong(spot, f"rule compile error: {rule.fault}"))
        return
    if rule.check.uses_old and values.old is None and not rule.is_optional:
        return
    try:
        if rule.check.value(values.new, values.old, size=values.size) is True:
            return
    except CostError as error:
        why = "no further validation rules will be run due to call cost exceeds limit for rule"
        found.causes.append(_wrong(spot, f"'{error}': {why}: {rule.name}"))
        raise _Spent from error
    except ExpressionError as error:
        found.causes.append(_wrong(spot, _no_answer(error, rule)))
        return
    cause = _broken(spot, rule, values)
    if rule.check.uses_old or spot.has_changed():
        found.causes.append(cause)
    else:
        found.warnings.append(str(cause))


def _no_answer(error: ExpressionError, rule: Rule) -> str:
    if str(error) == "no such overload":
        why = "call arguments did not match a supported operator, function or macro signature"
        return f"'{error}': {why} for rule: {rule.name}"
    return f"{error} evaluating rule: {rule.name}"


def _broken(spot: Spot, rule: Rule, values: _Values) -> Cause:
    below = _normalised(text(rule.source, "fieldPath"))
    path = f"{spot.path}.{below}".strip(".") if below else spot.path
    told = _message(rule, values)
    reason = text(rule.source, "reason") or "FieldValueInvalid"
    if reason in _WORDS:
        return Cause(path or "<nil>", reason, f"{_WORDS[reason]}: {told}")
    # A map or a list would be too long to show.
    shown = "" if isinstance(spot.value, dict | list) else encode(spot.value).decode()
    if reason == "FieldValueDuplicate":
        return Cause(
            path or "<nil>", reason, f"Duplicate value: {shown}" if shown else "Duplicate value"
        )
    told = f"Invalid value: {shown}: {told}" if shown else f"Invalid value: {told}"
    return Cause(path or "<nil>", reason, told)


_WORDS: Mapping[str, str] = {
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required value",
}


def _normalised(path: str) -> str:
    """`.a['b']` as a field is written in an answer: `a.b`."""
    return path.replace("['", ".").replace("']", "").strip(".")


def _message(rule: Rule, values: _Values) -> str:
    if rule.told is not None:
        try:
            told = rule.told.value(values.new, values.old, size=values.size)
        except ExpressionError:
            told = None
        words = told.strip() if isinstance(told, str) else ""
        if words and "\n" not in words and len(words) <= _MOST_MESSAGE:
            return words
    return text(rule.source, "message").strip() or f"failed rule: {rule.name}"


_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}


def _wrong(spot: Spot, why: str) -> Cause:
    kind = _TYPES.get(type(spot.value), "number")
    return Cause(spot.path or "<nil>", "FieldValueInvalid", f'Invalid value: "{kind}": {why}')
