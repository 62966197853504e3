"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from apiserver.label_parser import parse_labels
from apiserver.record import Record
from apiserver.refusal import bad_request
from apiserver.requirement import Labels, Requirement
from apiserver.value import Object, at, objects, section, strings, text

_NAMES = ("metadata.namespace", "metadata.name")
"""The fields that the key of a record tells."""

_OPERATORS = {"=": "in", "==": "in", "!=": "notin"}


def parse_fields(selector: str) -> tuple[Requirement, ...]:
    """`metadata.name=x,status.phase!=Failed` → requirements. Raises a 400."""
    found = []
    for clause in filter(None, selector.split(",")):
        match = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", clause)
        if match is None:
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{clause}'")
        found.append(Requirement(match[1].strip(), _OPERATORS[match[2]], (match[3].strip(),)))
    return tuple(found)


def field_text(content: Object, path: str) -> str:
    """The field below a dotted path, as a selector compares it: absent is the empty text."""
    found = at(content, *path.lstrip(".").split("."))
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found is None or isinstance(found, dict | list) else str(found)


__all__ = ["Labels", "Requirement", "Selection", "field_text", "label_selector", "parse_fields",
    "parse_labels", "selector_text"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects a list, a watch or a deletecollection is about."""

    namespace: str = ""
    labels: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()

    def accepts(self, record: Record, shown: Callable[[Object], Object]) -> bool:
        """Whether a stored object is one of them. `shown` makes of it what the fields are of; it is
        asked only where name and labels do not decide."""
        if self.namespace and record.key[0] != self.namespace:
            return False
        for each in self.labels:
            if not each.accepts(record.labels):
                return False
        return not self.fields or self._accepts_fields(record, shown)

    def _accepts_fields(self, record: Record, shown: Callable[[Object], Object]) -> bool:
        known: Labels = dict(zip(_NAMES, record.key, strict=True))
        if not all(each.accepts(known) for each in self.fields if each.key in known):
            return False
        others = [each for each in self.fields if each.key not in known]
        content = shown(record.glance()) if others else {}
        return all(each.accepts({each.key: field_text(content, each.key)}) for each in others)

    @property
    def is_narrow(self) -> bool:
        """Whether more than a namespace selects."""
        return bool(self.labels or self.fields)


def label_selector(selector: Object) -> Callable[[Labels], bool]:
    """The LabelSelector of a workload as a function of labels. An empty one accepts all."""
    wanted = section(selector, "matchLabels")
    demands = [_demand(each) for each in objects(selector, "matchExpressions")]

    def accepts(labels: Labels) -> bool:
        if any(labels.get(key) != value for key, value in wanted.items()):
            return False
        return all(demand.accepts(labels) for demand in demands)

    return accepts


_EXPRESSIONS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}


def _demand(expression: Object) -> Requirement:
    operator = _EXPRESSIONS.get(text(expression, "operator"), "exists")
    return Requirement(text(expression, "key"), operator, tuple(strings(expression, "values")))


def selector_text(selector: Object) -> str:
    """A LabelSelector as one line, as the scale subresource and `kubectl get -o wide` show it."""
    pairs = [f"{key}={value}" for key, value in sorted(section(selector, "matchLabels").items())]
    demands = [_demand(each) for each in objects(selector, "matchExpressions")]
    return ",".join([*pairs, *map(_expression_text, demands)])


def _expression_text(demand: Requirement) -> str:
    match demand.operator:
        case "exists":
            return demand.key
        case "absent":
            return f"!{demand.key}"
        case operator:
            return f"{demand.key} {operator} ({','.join(sorted(demand.values))})"
