"""The objects of a build in their order, each id once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kustomize.identity import Id, Key
from kustomize.problem import BuildError
from kustomize.resource import Resource

Transformer = Callable[["Resources"], None]
"""Changes the objects of a build in place."""


MOST_OBJECTS = 100_000
"""Objects of one build."""


class Resources:
    """An ordered set of objects. Whoever renames objects calls `renamed` afterwards.

    `is_part`: there are more in the build, among which those may be that are missing here.
    """

    __slots__ = ("_any", "_current", "_items", "is_part")

    def __init__(self, items: Iterable[Resource] = (), *, is_part: bool = False) -> None:
        self.is_part = is_part
        self._items: list[Resource] = []
        self._current: dict[Key, Resource] | None = {}
        self._any: dict[Key, list[Resource]] | None = None
        for item in items:
            self.append(item)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def append(self, resource: Resource) -> None:
        """Add an object at the end. Raises BuildError where one of that id is there already."""
        current = self._by_key()
        key = resource.key
        if key in current:
            raise BuildError(f"may not add resource with an already registered id: {resource.id}")
        if len(self._items) >= MOST_OBJECTS:
            raise BuildError(f"a build may not have more than {MOST_OBJECTS} objects")
        current[key] = resource
        self._items.append(resource)
        if self._any is not None:
            _note(resource, self._any)

    def extend(self, resources: Iterable[Resource]) -> None:
        """Add objects at the end, as `append` does."""
        for resource in resources:
            self.append(resource)

    def renamed(self) -> None:
        """Forget what was known about ids: names, namespaces, kinds or histories changed."""
        self._current = self._any = None

    def replace_all(self, items: Iterable[Resource]) -> None:
        """Other objects, or the same in another order."""
        self._items = list(items)
        self.renamed()

    def drop_empty(self, touched: Iterable[Resource]) -> None:
        """Remove what a transformer, which has changed some objects, left nothing of."""
        if not all(item.manifest for item in touched):
            self.replace_all(item for item in self._items if item.manifest)

    def replace(self, old: Resource, new: Resource) -> None:
        """Put an object that has the identity of another in its place."""
        self._items[self._items.index(old)] = new
        self.renamed()

    def ever_called(self, key: Key) -> list[Resource]:
        """The objects that have, or once had, this id."""
        if self._any is None:
            self._any = {}
            for item in self._items:
                _note(item, self._any)
        return self._any.get(key, [])

    def only_one(self, wanted: Id, key: Key) -> Resource | None:
        """The object that has or had an id; None where it may be in another part of the build.
        Raises BuildError where it is not exactly one."""
        found = self.ever_called(key)
        if len(found) == 1:
            return found[0]
        if self.is_part and not found:
            return None
        how = "multiple matches" if found else "no matches"
        raise BuildError(f"{how} for Id {wanted}; failed to find unique target for patch {wanted}")

    def _by_key(self) -> dict[Key, Resource]:
        if self._current is None:
            self._current = {item.key: item for item in self._items}
        return self._current


def _note(resource: Resource, known: dict[Key, list[Resource]]) -> None:
    """Enter an object under every id that it has or had."""
    for key in {resource.key, *resource.former_keys()}:
        known.setdefault(key, []).append(resource)
