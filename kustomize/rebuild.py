"""A build of a tree in which little is new: only what comes from changed files is done again.

That is possible while each object goes its own way: objects meet by their ids (in patches, names,
generators), and as long as an edit leaves all ids as they were, what became of the others stays as
it is. Where that cannot be told, all is built again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kustomize.build import Build, build
from kustomize.finish import is_local
from kustomize.load import Load
from kustomize.name_references import Names
from kustomize.people import BINDINGS
from kustomize.problem import BuildError
from kustomize.reading import Readings
from kustomize.resource import Resource
from kustomize.trace import Trace
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree


class _AllAgainError(Exception):
    """A change reaches further than its file."""


def rebuild(previous: Build, tree: Tree) -> Build:
    """What `build` makes of another tree, with the directory and options of `previous`.

    Objects that did not change are shared with `previous`, whose manifests must be as they came
    out of the build. Raises BuildError as `build` does.
    """
    changed = previous.readings.changed(tree, previous.trace.options.remotes)
    if changed == frozenset():
        return previous
    if changed is not None and not previous.trace.is_whole:
        try:
            return _partly(previous, tree, changed)
        except (BuildError, RecursionError, _AllAgainError):
            pass  # built again from the start, it fails with the right words, or does not
    return build(tree, previous.trace.directory, previous.trace.options)


def _partly(previous: Build, tree: Tree, changed: frozenset[str]) -> Build:
    trace = previous.trace
    if previous.warnings:
        raise _AllAgainError
    trace.warnings.clear()
    places = {id(resource): place for place, resource in enumerate(trace.resources)}
    names = Names(trace.resources, trace.references)
    resources, manifests, loads = [*trace.resources], [*previous.manifests], dict(trace.loads)
    for path in changed:
        if path not in trace.loads:
            raise _AllAgainError
        loads[path], pairs = _done_again(trace.loads[path], tree[path], places)
        for old, new in pairs:
            names.fix(new)
            place = places[id(old)]
            resources[place], manifests[place] = new, _manifest(trace, new)
    if trace.warnings.all():
        raise _AllAgainError
    return Build(
        tuple(manifests),
        _read(previous.readings, tree, changed),
        replace(trace, loads=loads, resources=tuple(resources)),
    )


def _manifest(trace: Trace, resource: Resource) -> Manifest:
    return trace.finish.manifest(resource)


def _done_again(
    load: Load, text: bytes, places: dict[int, int]
) -> tuple[Load, list[tuple[Resource, Resource]]]:
    """The file with its new text; each object that came out of the old one with its successor."""
    new, left = load.again(text)
    if new.ids != load.ids:
        raise _AllAgainError
    return new, list(_pairs(load, new, {id(each) for each in left}, places))


def _pairs(
    old: Load, new: Load, left: set[int], places: dict[int, int]
) -> Iterator[tuple[Resource, Resource]]:
    for before, after in zip(old.resources, new.resources, strict=True):
        comes_out = id(after) in left and not is_local(after)
        if comes_out is not (id(before) in places):
            raise _AllAgainError
        if not comes_out:
            continue
        if after.gvk.kind in BINDINGS or before.hashed or _called(before) != _called(after):
            raise _AllAgainError
        yield before, after


def _called(resource: Resource) -> tuple[object, ...]:
    """All by which others may know an object."""
    return (
        resource.id, resource.previous, resource.prefixes, resource.suffixes, resource.hashed,
        resource.behavior, resource.variables,
    )  # fmt: skip


def _read(readings: Readings, tree: Tree, changed: frozenset[str]) -> Readings:
    return readings.with_files({path: tree[path] for path in changed})
