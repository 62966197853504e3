"""What is special about each kind when it is written: a table of rules by group and kind.

`default` fills in what the writer left out and then owns; `prepare` fills in or resets fields as
the kind's own code in the real server does, before the object is checked; `check` tells what is
wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.resource import Resource
from apiserver.value import Object

Default = Callable[[Object], None]
Prepare = Callable[[Cluster, Object, Object | None], None]
Check = Callable[[Object, Object | None], list[Cause]]


def _as_it_is(new: Object) -> None:
    """Most kinds have no defaults."""


def _nothing(cluster: Cluster, new: Object, old: Object | None) -> None:
    """Most kinds are stored as they come."""


def _anything(new: Object, old: Object | None) -> list[Cause]:
    return []


@dataclass(frozen=True, slots=True)
class Strategy:
    """The rules of one kind. `old` is the live object, None for a create."""

    default: Default = _as_it_is
    prepare: Prepare = _nothing
    check: Check = _anything


PLAIN = Strategy()


class Strategies:
    """The rules of all kinds."""

    def __init__(self, rules: dict[tuple[str, str], Strategy]) -> None:
        self._rules = rules

    def of(self, resource: Resource) -> Strategy:
        """The rules of a resource's kind."""
        return self._rules.get((resource.group, resource.kind), PLAIN)

    def with_rule(self, resource: Resource, rule: Strategy) -> Strategies:
        """The same, but for one kind."""
        return Strategies({**self._rules, (resource.group, resource.kind): rule})


def guarded(
    rules: Strategies, resource: Resource, check: Callable[[Object, Object | None], None]
) -> Strategies:
    """The rules with one more, which comes before all others and raises a refusal: `check`."""
    rule = rules.of(resource)

    def prepare(cluster: Cluster, new: Object, old: Object | None) -> None:
        check(new, old)
        rule.prepare(cluster, new, old)

    return rules.with_rule(resource, replace(rule, prepare=prepare))
