"""Which kinds are served: the built-in ones, and what CRDs add and withdraw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apiserver.catalogue import BUILT_IN, GROUPS
from apiserver.priority import priority
from apiserver.resource import Resource


@dataclass(frozen=True, slots=True)
class Group:
    """An API group with its versions, the preferred one first."""

    name: str
    versions: tuple[str, ...]


_BUILT_IN_GROUPS = frozenset(each.group for each in BUILT_IN)


class Registry:
    """The served resources, found by path or by kind."""

    def __init__(self, resources: Iterable[Resource] = BUILT_IN) -> None:
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[tuple[str, str], Resource] = {}
        self.generation = 0
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> None:
        """Serve a resource, in place of one at the same path."""
        self._by_path[resource.group, resource.version, resource.plural] = resource
        known = self._by_kind.get((resource.group, resource.kind))
        if known is None or priority(resource.version) <= priority(known.version):
            self._by_kind[resource.group, resource.kind] = resource
        self.generation += 1

    def withdraw(self, group: str, plural: str) -> None:
        """Serve a resource no longer, in any version."""
        for path in [path for path in self._by_path if (path[0], path[2]) == (group, plural)]:
            gone = self._by_path.pop(path)
            self._by_kind.pop((group, gone.kind), None)
        self.generation += 1

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """What is served at a path."""
        return self._by_path.get((group, version, plural))

    def of_kind(self, group: str, kind: str) -> Resource | None:
        """A kind in its preferred version."""
        return self._by_kind.get((group, kind))

    def serves(self, group: str, version: str) -> bool:
        """Whether anything is served under that group and version."""
        return any(path[:2] == (group, version) for path in self._by_path)

    def has_built_in(self, path: str) -> bool:
        """Whether a URL's path leads into a group that has been there from the start."""
        match path.strip("/").split("/"):
            case ["api", *_]:
                return True
            case ["apis", group, *_]:
                return group in _BUILT_IN_GROUPS
            case _:
                return False

    def resources(self, group: str, version: str) -> list[Resource]:
        """What is served under a group and version, by plural."""
        found = [each for path, each in self._by_path.items() if path[:2] == (group, version)]
        return sorted(found, key=lambda each: each.plural)

    def kinds(self) -> list[Resource]:
        """Every served kind once, in its preferred version."""
        return list(self._by_kind.values())

    def groups(self) -> list[Group]:
        """The groups: the built-in ones in their order, then others as they came to be served."""
        versions: dict[str, set[str]] = {name: set() for name in GROUPS}
        for group, version, _ in self._by_path:
            versions.setdefault(group, set()).add(version)
        served = {name: each for name, each in versions.items() if each or not name}
        return [Group(name, tuple(sorted(each, key=priority))) for name, each in served.items()]
