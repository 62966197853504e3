"""`kustomize build`: a directory of a tree in, manifests and what was read out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from kustomize.accumulation import accumulate
from kustomize.accumulator import Accumulator
from kustomize.context import Context, Options
from kustomize.directory import Directory, normal
from kustomize.field import set_entries
from kustomize.hash_suffix import add_hashes
from kustomize.kustomization import Kustomization
from kustomize.kustomization_file import KUSTOMIZATION_FILES
from kustomize.layer import Layer
from kustomize.marks import TAKEN_OFF
from kustomize.metadata import set_texts, texts
from kustomize.name_references import fix_names
from kustomize.origin import ORIGIN, TRANSFORMATIONS, Origin, origin_text, transformations_text
from kustomize.output_order import sort, sort_by_kind
from kustomize.problem import BuildError
from kustomize.reading import Reader, Readings
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scalar import plain
from kustomize.variables import resolve_variables
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree

__all__ = ["KUSTOMIZATION_FILES", "Build", "BuildError", "Options", "Readings", "build"]

_LOCAL = "config.kubernetes.io/local-config"
_MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True, slots=True)
class Build:
    """What a build made, and what it read to make it."""

    manifests: tuple[Manifest, ...]
    readings: Readings


def build(tree: Tree, directory: str, options: Options = Options()) -> Build:  # noqa: B008
    """Build a directory of a tree (the empty string is its top).

    Pure: the same tree gives the same result, and so does every tree that the readings of the
    result still hold for. Raises BuildError with path and line, where they are known.
    """
    reader = Reader(tree)
    try:
        manifests = _manifests(reader, directory, options)
    except RecursionError as error:
        # Patches and replacements can nest without end what was not too deep when it was read.
        raise BuildError("an object is nested too deep", path=directory) from error
    return Build(manifests, reader.readings())


def _manifests(reader: Reader, directory: str, options: Options) -> tuple[Manifest, ...]:
    root = Directory(reader, normal(directory), options.anywhere)
    if not reader.is_directory(root.path):
        raise BuildError(f"'{directory}' is not a directory of the tree", path=directory)
    layer = Layer.load(root, Context(options))
    if layer.kustomization.build_metadata:
        layer = replace(layer, origin=Origin())
    accumulator = accumulate(layer, Accumulator())
    resources = _finished(accumulator, layer.kustomization, options)
    return tuple(_manifest(each, layer.kustomization) for each in resources)


def _finished(
    accumulator: Accumulator, kustomization: Kustomization, options: Options
) -> Resources:
    """What happens once, at the top: hashes, names, variables, order."""
    resources = accumulator.resources
    add_hashes(resources)
    fix_names(resources, accumulator.configuration.name_reference)
    resolve_variables(accumulator)
    resources.replace_all(each for each in resources if not _is_local(each))
    if kustomization.sort_options is not None:
        sort(resources, kustomization.sort_options)
    elif options.sort == "legacy":
        sort_by_kind(resources)
    if options.managed_by or "managedByLabel" in kustomization.build_metadata:
        for resource in resources:
            label = {_MANAGED_BY: f"kustomize-{options.version}"}
            set_entries((resource.metadata, "labels"), label)
    return resources


def _is_local(resource: Resource) -> bool:
    return texts(resource.manifest, "annotations").get(_LOCAL, "false") != "false"


def _manifest(resource: Resource, kustomization: Kustomization) -> Manifest:
    _annotate(resource, kustomization.build_metadata)
    try:
        return cast("Manifest", plain(resource.manifest))
    except BuildError as error:
        raise error.under(str(resource.id)) from error


def _annotate(resource: Resource, wanted: tuple[str, ...]) -> None:
    if not wanted and "annotations" not in resource.metadata:
        return
    annotations = texts(resource.manifest, "annotations")
    for name in (*TAKEN_OFF, ORIGIN, TRANSFORMATIONS):
        annotations.pop(name, None)
    if "originAnnotations" in wanted and resource.origin is not None:
        annotations[ORIGIN] = origin_text(resource.origin)
    if "transformerAnnotations" in wanted and resource.transformations:
        annotations[TRANSFORMATIONS] = transformations_text(resource.transformations)
    set_texts(resource.manifest, "annotations", annotations)
