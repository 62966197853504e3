"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apiserver.refusal import Refusal, bad_request
from apiserver.value import Object, at, objects, section, strings, text

Labels = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand on a label or field."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def accepts(self, labels: Labels) -> bool:
        """Whether the labels meet it. An absent label meets the negative ones, as in Kubernetes."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "absent":
                return value is None
            case _:
                return self._compares(value)

    def _compares(self, value: object) -> bool:
        if not isinstance(value, str) or not value.lstrip("-").isdigit():
            return False
        limit = int(self.values[0])
        return int(value) > limit if self.operator == "gt" else int(value) < limit


_CLAUSE = re.compile(
    r"""\s*(?:
    (?P<set>[^\s,=!<>()]+)\s+(?P<op>in|notin)\s*\((?P<list>[^()]*)\)
    |(?P<key>[^\s,=!<>()]+)\s*(?P<cmp>==|=|!=|<|>)\s*(?P<value>[^\s,()=!<>]*)
    |!\s*(?P<absent>[^\s,=!<>()]+)
    |(?P<exists>[^\s,=!<>()]+)
    )\s*(?:,|$)""",
    re.VERBOSE,
)
_OPERATORS = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}


def parse_labels(selector: str) -> tuple[Requirement, ...]:
    """`app=a,tier in (x,y),!legacy` → requirements. Raises a 400 where it cannot be read."""
    found: list[Requirement] = []
    position = 0
    while position < len(selector):
        match = _CLAUSE.match(selector, position)
        if match is None:
            raise _unreadable(selector)
        found.append(_requirement(match))
        position = match.end()
    return tuple(found)


def _requirement(match: re.Match[str]) -> Requirement:
    if key := match["set"]:
        values = tuple(value.strip() for value in match["list"].split(","))
        return Requirement(key, match["op"], values)
    if key := match["key"]:
        requirement = Requirement(key, _OPERATORS[match["cmp"]], (match["value"],))
        if requirement.operator in ("gt", "lt") and not match["value"].lstrip("-").isdigit():
            raise _unreadable(match[0])
        return requirement
    if key := match["absent"]:
        return Requirement(key, "absent")
    return Requirement(match["exists"], "exists")


def _unreadable(selector: str) -> Refusal:
    return bad_request(
        f"unable to parse requirement: found {selector!r}, expected a label selector"
    )


def parse_fields(selector: str) -> tuple[Requirement, ...]:
    """`metadata.name=x,status.phase!=Failed` → requirements. Raises a 400."""
    found = []
    for clause in filter(None, selector.split(",")):
        match = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", clause)
        if match is None:
            raise bad_request(f"invalid field selector {selector!r}: unable to parse {clause!r}")
        found.append(Requirement(match[1].strip(), _OPERATORS[match[2]], (match[3].strip(),)))
    return tuple(found)


def field_text(content: Object, path: str) -> str:
    """The field below a dotted path, as a selector compares it: absent is the empty text."""
    found = at(content, *path.lstrip(".").split("."))
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found is None or isinstance(found, dict | list) else str(found)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects a list, a watch or a deletecollection is about."""

    namespace: str = ""
    labels: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()

    def accepts(self, content: Object) -> bool:
        """Whether the object is one of them."""
        metadata = section(content, "metadata")
        if self.namespace and text(metadata, "namespace") != self.namespace:
            return False
        if self.labels:
            labels = section(metadata, "labels")
            if not all(each.accepts(labels) for each in self.labels):
                return False
        return all(each.accepts({each.key: field_text(content, each.key)}) for each in self.fields)

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
