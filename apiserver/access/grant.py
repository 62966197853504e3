"""One rule of a role, and what it allows.

Behaviour: the RBAC authoriser of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from apiserver.access.attribute import Attributes
from apiserver.value import Object, objects, strings

ALL = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """Verbs on resources, or on paths that are none."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def allows(self, about: Attributes) -> bool:
        """Whether a request may be carried out because of this rule."""
        if not _holds(self.verbs, about.verb):
            return False
        if not about.resource:
            return _holds_path(self.paths, about.path)
        return (
            _holds(self.groups, about.group)
            and _holds_resource(self.resources, about.whole_resource, about.subresource)
            and (not self.names or about.name in self.names)
        )

    def covers(self, part: Rule) -> bool:
        """Whether it grants all that a single rule (see `parts`) does."""
        if not _holds(self.verbs, part.verbs[0]):
            return False
        if part.paths:
            return _holds_path(self.paths, part.paths[0])
        resource = part.resources[0]
        return (
            _holds(self.groups, part.groups[0])
            and _holds_resource(self.resources, resource, resource.partition("/")[2])
            and (not self.names or (bool(part.names) and part.names[0] in self.names))
        )

    def parts(self) -> Iterator[Rule]:
        """The same as single rules: one verb on one resource, of one name at most, or one path."""
        for group in self.groups:
            for resource in self.resources:
                for verb in self.verbs:
                    single = Rule((verb,), (group,), (resource,))
                    yield from (replace(single, names=(name,)) for name in self.names)
                    if not self.names:
                        yield single
        for path in self.paths:
            yield from (Rule((verb,), paths=(path,)) for verb in self.verbs)

    def as_object(self) -> Object:
        """As in a SelfSubjectRulesReview."""
        if self.paths:
            return {"verbs": list(self.verbs), "nonResourceURLs": list(self.paths)}
        found: Object = {
            "verbs": list(self.verbs),
            "apiGroups": list(self.groups),
            "resources": list(self.resources),
        }
        if self.names:
            found["resourceNames"] = list(self.names)
        return found

    def __str__(self) -> str:
        """As the real server tells it to who may not grant it."""
        parts = {
            "APIGroups": self.groups,
            "Resources": self.resources,
            "ResourceNames": self.names,
            "NonResourceURLs": self.paths,
            "Verbs": self.verbs,
        }
        told = (f"{key}:{listed(values)}" for key, values in parts.items() if values)
        return "{" + ", ".join(told) + "}"


def listed(values: Iterable[str]) -> str:
    """As Go prints a list of strings: `["a" "b"]`."""
    return "[" + " ".join(f'"{value}"' for value in values) + "]"


def rules_of(role: Object) -> tuple[Rule, ...]:
    """The rules of a Role or ClusterRole."""
    return tuple(_rule(each) for each in objects(role, "rules"))


def _rule(content: Object) -> Rule:
    keys = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
    return Rule(*(tuple(strings(content, key)) for key in keys))


def _holds(granted: tuple[str, ...], wanted: str) -> bool:
    return wanted in granted or ALL in granted


def _holds_resource(granted: tuple[str, ...], wanted: str, subresource: str) -> bool:
    if _holds(granted, wanted):
        return True
    return bool(subresource) and f"*/{subresource}" in granted


def _holds_path(granted: tuple[str, ...], wanted: str) -> bool:
    return any(
        each in (ALL, wanted) or (each.endswith(ALL) and wanted.startswith(each[:-1]))
        for each in granted
    )


def missing(held: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """What of the wanted rules nobody who holds the others has, told as briefly as can be."""
    owned = list(held)
    lacking = [
        part
        for rule in wanted
        for part in rule.parts()
        if not any(each.covers(part) for each in owned)
    ]
    return sorted(_joined(lacking), key=str)


def _joined(rules: list[Rule]) -> list[Rule]:
    """Rules on the same whole resource as one, with all their verbs."""
    found: dict[Rule, Rule] = {}
    for rule in rules:
        key = rule if rule.paths or rule.names else replace(rule, verbs=())
        known = found.get(key)
        if known is None:
            found[key] = rule
        elif rule.verbs[0] not in known.verbs:
            found[key] = replace(known, verbs=(*known.verbs, *rule.verbs))
    return list(found.values())
