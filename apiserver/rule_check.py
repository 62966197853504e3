"""The rules of a custom resource's schema that are written in CEL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from apiserver.cel.grammar import parse
from apiserver.cel.scope import Budget, CelError, Scope
from apiserver.cel.token import CelSyntaxError
from apiserver.refusal import Cause
from apiserver.value import Object, encode, objects, section, strings, text

STEPS = 1_000_000
"""How much work the rules of one object may make."""

Source = Mapping[str, object]


_BLOCKING = {
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
}
_UNCHECKED = (
    "Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)


def faults(
    content: Object, before: Object | None, source: Source, known: list[Cause]
) -> list[Cause]:
    """Which rules an object breaks; `before` is the live object, for the rules on changes. Rules
    rely on values of the right shape: where what is `known` to be wrong is of that sort, they are
    not asked, and that is told."""
    if any(cause.reason in _BLOCKING for cause in known):
        return [Cause("<nil>", "FieldValueInvalid", _UNCHECKED)] if _has_rules(source) else []
    return list(_walk(content, before, source, ("", Budget(STEPS))))


def _has_rules(source: Source) -> bool:
    return bool(objects(source, "x-kubernetes-validations")) or any(
        _has_rules(each) for each in _below(source)
    )


def _below(source: Source) -> list[Object]:
    """The parts of a schema that say something."""
    properties = section(source, "properties")
    found = [section(source, key) for key in ("items", "additionalProperties")]
    return [each for each in (*found, *(section(properties, name) for name in properties)) if each]


def unread(definition: Object) -> list[str]:
    """The rules of a definition that cannot be checked here, with the reason."""
    found: list[str] = []
    for version in objects(definition, "spec", "versions"):
        found += _unread(section(version, "schema", "openAPIV3Schema"))
    return found


def _unread(source: Source) -> Iterator[str]:
    for rule in objects(source, "x-kubernetes-validations"):
        try:
            parse(text(rule, "rule"))
        except CelSyntaxError as error:
            yield f"rule {text(rule, 'rule')!r} is not checked: {error}"
    for each in _below(source):
        yield from _unread(each)


def _walk(value: object, before: object, source: Source, at: tuple[str, Budget]) -> Iterator[Cause]:
    path, budget = at
    for rule in objects(source, "x-kubernetes-validations"):
        yield from _judged(value, before, rule, at)
    if isinstance(value, dict):
        properties = section(source, "properties")
        more = section(source, "additionalProperties")
        for name, below in value.items():
            declared = properties.get(name, more)
            if isinstance(declared, dict) and declared:
                old = before.get(name) if isinstance(before, dict) else None
                where = f"{path}.{name}" if path else name
                yield from _walk(below, old, cast("Source", declared), (where, budget))
    elif isinstance(value, list) and (items := section(source, "items")):
        olds = _old_items(value, before, source)
        for index, (item, old) in enumerate(zip(value, olds, strict=True)):
            yield from _walk(item, old, items, (f"{path}[{index}]", budget))


def _old_items(value: list[object], before: object, source: Source) -> list[object]:
    """What each item was: known only where keys tell the items apart."""
    keys = strings(source, "x-kubernetes-list-map-keys")
    if not keys or not isinstance(before, list):
        return [None] * len(value)
    known = {_mark(each, keys): each for each in before}
    return [known.get(_mark(each, keys)) for each in value]


def _mark(item: object, keys: list[str]) -> bytes:
    return encode([item.get(key) for key in keys] if isinstance(item, dict) else item)


def _judged(value: object, before: object, rule: Object, at: tuple[str, Budget]) -> Iterator[Cause]:
    path, budget = at
    expression = text(rule, "rule")
    variables: dict[str, object] = {"self": value}
    if "oldSelf" in expression:
        if before is None:
            return
        variables["oldSelf"] = before
    scope = Scope(variables, budget)
    try:
        if parse(expression)(scope) is True:
            return
        told = _message(rule, scope)
    except CelSyntaxError:
        return
    except CelError as error:
        yield _failed(path, error, rule, value)
        return
    yield _cause(rule, path + text(rule, "fieldPath"), told, value)


def _message(rule: Object, scope: Scope) -> str:
    expression = text(rule, "messageExpression")
    if expression:
        try:
            told = parse(expression)(scope)
        except (CelError, CelSyntaxError):
            told = None
        if isinstance(told, str) and told.strip():
            return told.strip()
    return _plain_message(rule)


def _plain_message(rule: Object, *, bare: bool = False) -> str:
    written = text(rule, "rule").strip()
    return text(rule, "message") or (written if bare else f"failed rule: {written}")


_REASONS = {
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required value",
}


def _cause(rule: Object, path: str, told: str, value: object) -> Cause:
    reason = text(rule, "reason") or "FieldValueInvalid"
    if word := _REASONS.get(reason):
        return Cause(path, reason, f"{word}: {told}")
    sort = "Duplicate value" if reason == "FieldValueDuplicate" else "Invalid value"
    # A map or a list would be too long to show.
    shown = "" if isinstance(value, dict | list) else f"{encode(value).decode()}: "
    return Cause(path, reason, f"{sort}: {shown}{told}")


_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}


def _failed(path: str, error: CelError, rule: Object, value: object) -> Cause:
    kind = _TYPES.get(type(value), "number")
    told = f'Invalid value: "{kind}": {error} evaluating rule: {_plain_message(rule, bare=True)}'
    return Cause(path, "FieldValueInvalid", told)
