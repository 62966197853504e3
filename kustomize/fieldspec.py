"""A field spec says in which kinds at which path a transformer works."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, cast

from kustomize.identity import Gvk
from kustomize.problem import BuildError
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


def merged(specs: tuple[FieldSpec, ...], more: Iterable[FieldSpec]) -> tuple[FieldSpec, ...]:
    """Both, each place once. Raises BuildError where two disagree about `create`."""
    result = list(specs)
    by_path: dict[str, list[FieldSpec]] = {}
    for spec in result:
        by_path.setdefault(spec.path, []).append(spec)
    for spec in more:
        known = _known(by_path.get(spec.path, ()), spec)
        if known is None:
            result.append(spec)
            by_path.setdefault(spec.path, []).append(spec)
        elif known.create != spec.create:
            raise BuildError(f"conflicting fieldspecs for {spec.path} of {spec.kind}")
    return tuple(result)


def _known(specs: Iterable[FieldSpec], new: FieldSpec) -> FieldSpec | None:
    return next((spec for spec in specs if spec.kind.selected_by(new.kind)), None)


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[Step, ...]:
    r"""`spec/a[]/b\/c` → (("spec", False), ("a", True), ("b/c", False))."""
    parts = [part.replace("\0", "/") for part in path.replace("\\/", "\0").split("/")]
    if len(parts) > 1 and parts[0] == "":
        parts = parts[1:]
    return tuple((part.removesuffix("[]"), part.endswith("[]")) for part in parts)


class FieldSpecs:
    """Field specs, ready to be asked again and again for the paths in one kind."""

    __slots__ = ("_by_kind", "_specs")

    def __init__(self, specs: Iterable[FieldSpec]) -> None:
        self._specs = tuple(specs)
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
    if node is None:
        return
    if isinstance(node, list):
        for item in node:
            _walk(item, path, index, create, found)
        return
    if not isinstance(node, dict):
        raise BuildError("expected sequence or mapping node")
    name, is_list = path[index]
    if not name:
        raise BuildError("cannot set or create an empty field name")
    last = index + 1 == len(path)
    may_create = create and not is_list
    if name not in node:
        if not may_create:
            return
        if not last:
            node[name] = {}
    elif node[name] is None and not last and (is_list or may_create):
        node[name] = [] if is_list else {}
    if last:
        found.append((cast("Manifest", node), name))
    else:
        _walk(node[name], path, index + 1, create, found)
