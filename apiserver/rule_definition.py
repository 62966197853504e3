"""Whether the rules in a CustomResourceDefinition can be asked at all; in the real server's words.

Behaviour: apiextensions' validation of definitions, without its estimate of what a rule costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from apiserver.expression_type import sort_of
from apiserver.refusal import Cause
from apiserver.rule_compilation import KEYWORD, Rule, compiled
from apiserver.value import Object, encode, objects, same, section, text

Source = Mapping[str, object]
_STEP = re.compile(r"\.([^.\[\]']+)|\['([^'\\]*)'\]")
_PATH = re.compile(rf"(?:{_STEP.pattern})+")
_UNTYPED = (
    "internal error: failed to construct type information for x-kubernetes-validations rules: "
    "unable to convert structural schema to CEL declarations"
)
# As Go's JSON has it by default.
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
_REASONS = (
    "FieldValueRequired",
    "FieldValueForbidden",
    "FieldValueInvalid",
    "FieldValueDuplicate",
)


def faults(versions: list[Object]) -> Iterator[Cause]:
    """What is wrong with the rules of the versions of a definition. Where all have the same schema
    it is looked at once, and called the definition's own."""
    schemas = [section(version, "schema", "openAPIV3Schema") for version in versions]
    if schemas and all(same(schemas[0], other) for other in schemas[1:]):
        yield from _below(schemas[0], "spec.validation.openAPIV3Schema", "", is_resource=True)
        return
    for index, schema in enumerate(schemas):
        path = f"spec.versions[{index}].schema.openAPIV3Schema"
        yield from _below(schema, path, "", is_resource=True)


def _below(
    source: Source, path: str, uncorrelatable: str, *, is_resource: bool = False
) -> Iterator[Cause]:
    yield from _faults(source, path, uncorrelatable, is_resource=is_resource)
    atomic = text(source, "x-kubernetes-map-type") == "atomic"
    within = uncorrelatable or (path if atomic else "")
    for name, below in section(source, "properties").items():
        if isinstance(below, dict):
            yield from _below(cast("Source", below), f"{path}.properties[{name}]", within)
    if more := section(source, "additionalProperties"):
        yield from _below(more, f"{path}.additionalProperties", within)
    if items := section(source, "items"):
        by_keys = text(source, "x-kubernetes-list-type") == "map"
        within = uncorrelatable or ("" if by_keys else path)
        yield from _below(items, f"{path}.items", within)


def _faults(
    source: Source, path: str, uncorrelatable: str, *, is_resource: bool
) -> Iterator[Cause]:
    declared = objects(source, KEYWORD)
    if not declared:
        return
    sort = sort_of(source, is_resource=is_resource)
    if sort is None:
        yield Cause(f"{path}.{KEYWORD}", "InternalError", f"Internal error: {_UNTYPED}")
        return
    for index, rule in enumerate(compiled(declared, sort)):
        place = f"{path}.{KEYWORD}[{index}]"
        yield from _form_faults(rule.source, place)
        yield from _path_faults(rule.source, source, place)
        if text(rule.source, "rule").strip():
            yield from _rule_faults(rule, place, uncorrelatable)


def _form_faults(rule: Object, place: str) -> Iterator[Cause]:
    message = text(rule, "message")
    if not text(rule, "rule").strip():
        yield Cause(f"{place}.rule", "FieldValueRequired", "Required value: rule is not specified")
    if "message" in rule and not message.strip() and message:
        yield _invalid(f"{place}.message", message, "must be non-empty if specified")
    elif "\n" in message.strip():
        yield _invalid(f"{place}.message", message, "must not contain line breaks")
    elif "\n" in text(rule, "rule").strip() and not message.strip():
        why = "message must be specified if rule contains line breaks"
        yield Cause(f"{place}.message", "FieldValueRequired", f"Required value: {why}")
    reason = text(rule, "reason")
    if reason and reason not in _REASONS:
        allowed = ", ".join(f'"{each}"' for each in sorted(_REASONS))
        told = f'Unsupported value: "{reason}": supported values: {allowed}'
        yield Cause(f"{place}.reason", "FieldValueNotSupported", told)


def _rule_faults(rule: Rule, place: str, uncorrelatable: str) -> Iterator[Cause]:
    if rule.fault:
        field = "messageExpression" if rule.check else "rule"
        yield _invalid(f"{place}.{field}", _shown(rule.source), rule.fault)
    uses_old = rule.check is not None and rule.check.uses_old
    if uses_old and uncorrelatable:
        why = "oldSelf cannot be used on the uncorrelatable portion of the schema within"
        yield _invalid(f"{place}.rule", text(rule.source, "rule"), f"{why} {uncorrelatable}")
    if not uses_old and "optionalOldSelf" in rule.source:
        why = "may not be set if oldSelf is not used in rule"
        yield _invalid(f"{place}.optionalOldSelf", rule.is_optional, why)


def _path_faults(rule: Object, source: Source, place: str) -> Iterator[Cause]:
    path = text(rule, "fieldPath")
    if path and not _leads_somewhere(path, source):
        yield _invalid(f"{place}.fieldPath", path, "must be a valid path")


def _leads_somewhere(path: str, source: Source) -> bool:
    if not _PATH.fullmatch(path):
        return False
    for plain, quoted in _STEP.findall(path):
        properties = section(source, "properties")
        below = (
            properties.get(plain or quoted) if properties else source.get("additionalProperties")
        )
        if not isinstance(below, dict):
            return False
        source = cast("Source", below)
    return True


def _invalid(path: str, shown: object, why: str) -> Cause:
    told = encode(shown).decode()
    if isinstance(shown, dict):
        for letter, escaped in _ESCAPED.items():
            told = told.replace(letter, escaped)
    return Cause(path, "FieldValueInvalid", f"Invalid value: {told}: {why}")


def _shown(rule: Object) -> Object:
    """A rule as the real server shows it: by the names of Go's fields."""
    return {
        "Rule": text(rule, "rule"),
        "Message": text(rule, "message"),
        "MessageExpression": text(rule, "messageExpression"),
        "Reason": rule.get("reason"),
        "FieldPath": text(rule, "fieldPath"),
        "OptionalOldSelf": rule.get("optionalOldSelf"),
    }
