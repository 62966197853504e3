"""Names that others use for an object that was renamed, put right once at the end of a build.

A name is looked up among all names that objects once had. Of several objects the one of the right
kind, the same namespace and the same prefixes and suffixes is meant; if that is not one, and their
names differ, nobody can tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

from kustomize.configuration import NameReference
from kustomize.fieldspec import FieldSpec, Place, Step, considering, places
from kustomize.identity import Gvk
from kustomize.path_trie import PathTrie
from kustomize.problem import BuildError
from kustomize.reference_choice import Choice, Same, same_names, same_names_and_namespaces
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scalar import MISSING, in_place, is_null, text_of
from shared.manifest.identity import Manifest

Row = tuple[FieldSpec, tuple[Step, ...], Gvk]
Rows = tuple[list[Row], PathTrie]
Candidates = dict[str, list[Resource]]


def fix_names(resources: Resources, references: tuple[NameReference, ...]) -> None:
    """Puts references right in all objects. Raises BuildError where one is ambiguous."""
    names = Names(resources, references)
    for resource in resources:
        names.fix(resource)
    resources.renamed()


class Names:
    """What all objects of a build were called, are called now, and where references to them are."""

    __slots__ = ("_read_in", "_references", "_renamed", "_rows")

    def __init__(self, among: Iterable[Resource], references: tuple[NameReference, ...]) -> None:
        self._references = references
        self._rows: dict[Gvk, Rows] = {}
        self._renamed: Candidates = defaultdict(list)
        self._read_in: dict[str, list[Resource]] = defaultdict(list)
        for resource in among:
            self._read_in[resource.original_namespace].append(resource)
            for name in dict.fromkeys(old.name for old in resource.previous):
                self._renamed[name].append(resource)

    def fix(self, resource: Resource) -> None:
        """Puts the references of one object right. Raises BuildError where one is ambiguous."""
        kind = resource.original.gvk
        if kind not in self._rows:
            self._rows[kind] = _rows(kind, self._references)
        rows = self._rows[kind]
        if rows[0]:
            _Referrer(resource, self._renamed, Choice(resource, self._read_in)).fix(*rows)


def _rows(kind: Gvk, references: tuple[NameReference, ...]) -> Rows:
    rows = [
        (spec, path, target)
        for target, referrers in references
        for spec, path in referrers.of(kind)
    ]
    return rows, PathTrie.of(path for _, path, _ in rows)


class _Referrer:
    """An object whose references are being put right."""

    __slots__ = ("_candidates", "_choice", "_resource")

    def __init__(self, resource: Resource, candidates: Candidates, choice: Choice) -> None:
        self._resource = resource
        self._candidates = candidates
        self._choice = choice

    def fix(self, rows: list[Row], trie: PathTrie) -> None:
        """Goes through all fields that hold names. Raises BuildError."""
        self._choice.check()
        hits = trie.hits(self._resource.manifest, self._candidates)
        if hits is None:
            self._find_obstacle(rows)
            return
        for number, holder, name in hits:
            spec, _, target = rows[number]
            try:
                self._fix_place((holder, name), spec, target)
            except BuildError as error:
                raise self._told(spec, error) from error

    def _find_obstacle(self, rows: list[Row]) -> None:
        """Goes path by path, up to the one that meets a scalar on its way."""
        for spec, path, target in rows:
            try:
                for place in places(self._resource.manifest, path, create=False):
                    self._fix_place(place, spec, target)
            except BuildError as error:
                raise self._told(spec, error) from error

    def _told(self, spec: FieldSpec, error: BuildError) -> BuildError:
        return considering(spec, self._resource, error).under(
            f"updating name reference in '{spec.path}' field of '{self._resource.id}'"
        )

    def _fix_place(self, place: Place, spec: FieldSpec, target: Gvk) -> None:
        holder, name = place
        value = holder[name]
        if isinstance(value, dict):
            self._fix_mapping(cast("Manifest", value), spec, target)
        elif isinstance(value, list):
            self._fix_list(value, spec, target)
        elif not is_null(value):
            self._fix_scalar(value, spec, target, partial(holder.__setitem__, name))

    def _fix_list(self, items: list[object], spec: FieldSpec, target: Gvk) -> None:
        for index, item in enumerate(items):
            if isinstance(item, dict):
                self._fix_mapping(cast("Manifest", item), spec, target)
            elif isinstance(item, list):
                raise BuildError("an entry is expected to be either a string or a map of string")
            elif not is_null(item):
                self._fix_scalar(item, spec, target, partial(items.__setitem__, index))

    def _fix_scalar(
        self, value: object, spec: FieldSpec, target: Gvk, put: Callable[[object], None]
    ) -> None:
        old = text_of(value)
        if old not in self._candidates:
            return
        found = self._choose(old, self._candidates[old], spec, target, same_names)
        if found is not None and found.name != old:
            put(in_place(value, found.name))

    def _fix_mapping(self, node: Manifest, spec: FieldSpec, target: Gvk) -> None:
        """A mapping with a name and maybe a namespace, both of which may have changed."""
        if "name" not in node:
            raise BuildError("path config error; no 'name' field in node")
        old = text_of(node["name"])
        if old not in self._candidates:
            return
        among = self._candidates[old]
        if "namespace" in node:
            among = self._choice.in_namespace(among, text_of(node["namespace"]))
        found = self._choose(old, among, spec, target, same_names_and_namespaces)
        if found is None or (found.name == old and not found.namespace):
            return
        node["name"] = in_place(node["name"], found.name)
        if found.namespace:
            node["namespace"] = in_place(node.get("namespace", MISSING), found.namespace)

    def _choose(
        self, old: str, among: list[Resource], spec: FieldSpec, target: Gvk, same: Same
    ) -> Resource | None:
        of_role = spec.path.endswith("roleRef/name")
        return self._choice.of(old, among, target, of_role=of_role, same=same)
