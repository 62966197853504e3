"""A field spec says in which kinds at which path a transformer works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, cast

from kustomize.identity import Gvk
from kustomize.kind_order import kind_key
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.scalar import is_null
from shared.manifest.identity import Manifest

Step = tuple[str, bool]
"""A name, and whether the path said `[]` behind it."""

Place = tuple[Manifest, str]
"""A field: the mapping that holds it and its name (it may be about to be created)."""


class FieldSpec(NamedTuple):
    """One row: a selector of kinds (empty parts match all), a path, and whether to create it."""

    kind: Gvk
    path: str
    create: bool = False


_LONGEST = 1000


def steps(path: str) -> tuple[Step, ...]:
    r"""`spec/a[]/b\/c` → (("spec", False), ("a", True), ("b/c", False)). Raises BuildError for what
    is too long to be a path."""
    if len(path) > _LONGEST:
        raise BuildError(f"the path {path[:80]}… of a field is too long")
    return _steps(path)


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[Step, ...]:
    parts = [part.replace("\0", "/") for part in path.replace("\\/", "\0").split("/")]
    if len(parts) > 1 and parts[0] == "":
        parts = parts[1:]
    return tuple((part.removesuffix("[]"), part.endswith("[]")) for part in parts)


class FieldSpecs:
    """Field specs, ready to be asked again and again for the paths in one kind."""

    __slots__ = ("_by_kind", "_specs", "_without")

    def __init__(self, specs: Iterable[FieldSpec]) -> None:
        self._specs = tuple(specs)
        self._without: dict[frozenset[str], FieldSpecs] = {}
        self._by_kind: dict[Gvk, tuple[tuple[FieldSpec, tuple[Step, ...]], ...]] = {}

    def of(self, kind: Gvk) -> tuple[tuple[FieldSpec, tuple[Step, ...]], ...]:
        """The specs that select this kind, with their paths taken apart."""
        found = self._by_kind.get(kind)
        if found is None:
            found = tuple(
                (spec, steps(spec.path)) for spec in self._specs if kind.selected_by(spec.kind)
            )
            self._by_kind[kind] = found
        return found

    def __iter__(self) -> Iterator[FieldSpec]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def in_order(self) -> FieldSpecs:
        """The same, sorted by kind as kustomize does when it merges."""
        return FieldSpecs(sorted(self._specs, key=lambda spec: kind_key(spec.kind)))

    def merged(self, more: FieldSpecs) -> FieldSpecs:
        """Both, sorted, each place once. Raises BuildError where they disagree about `create`."""
        if more is self or not more:
            return self
        return self.with_added(more).in_order()

    def without(self, paths: frozenset[str]) -> FieldSpecs:
        """Without the specs of these paths."""
        found = self._without.get(paths)
        if found is None:
            found = FieldSpecs(spec for spec in self._specs if spec.path not in paths)
            self._without[paths] = found
        return found

    def with_added(self, more: Iterable[FieldSpec]) -> FieldSpecs:
        """With those that are new behind; else as `merged`."""
        result = list(self._specs)
        by_path: dict[str, list[FieldSpec]] = {}
        for spec in result:
            by_path.setdefault(spec.path, []).append(spec)
        for spec in more:
            same = by_path.setdefault(spec.path, [])
            known = next((one for one in same if one.kind.selected_by(spec.kind)), None)
            if known is None:
                result.append(spec)
                same.append(spec)
            elif known.create != spec.create:
                raise BuildError(f"conflicting fieldspecs for {spec.path} of {spec.kind}")
        return FieldSpecs(result)


def places(manifest: Manifest, path: tuple[Step, ...], *, create: bool) -> list[Place]:
    """The fields that a path leads to, lists on the way walked through.

    With `create`, mappings that miss on the way are made, and the last field need not exist.
    Raises BuildError where the path meets a scalar.
    """
    found: list[Place] = []
    _walk(manifest, path, 0, create, found)
    return found


def _walk(
    node: object, path: tuple[Step, ...], index: int, create: bool, found: list[Place]
) -> None:
    if type(node) is dict:
        _walk_mapping(cast("Manifest", node), path, index, create, found)
    elif type(node) is list:
        for item in node:
            _walk(item, path, index, create, found)
    elif not is_null(node):
        raise BuildError("expected sequence or mapping node")


def _walk_mapping(
    node: Manifest, path: tuple[Step, ...], index: int, create: bool, found: list[Place]
) -> None:
    name, is_list = path[index]
    last = index + 1 == len(path)
    if name not in node:
        if not name:
            raise BuildError("cannot set or create an empty field name")
        if not create or is_list:
            return
        if not last:
            node[name] = {}
    elif not last and (is_list or create) and is_null(node[name]):
        node[name] = [] if is_list else {}
    if last:
        found.append((node, name))
    else:
        _walk(node[name], path, index + 1, create, found)


def at(resource: Resource, specs: FieldSpecs, *, may_create: bool = True) -> Iterator[Place]:
    """The fields of an object that specs lead to, in the order of the specs. Without `may_create`
    only those that are there, whatever the specs say.

    Raises BuildError that names the field and the object where a path meets a scalar.
    """
    for spec, path in specs.of(resource.gvk):
        try:
            create = may_create and spec.create
            yield from places(resource.manifest, path, create=create)
        except BuildError as error:
            raise considering(spec, resource, error) from error


def considering(spec: FieldSpec, resource: Resource, error: BuildError) -> BuildError:
    """An error, told with the field and the object it is about."""
    return error.under(f"considering field '{spec.path}' of object {resource.id}")
