"""`kustomize build`: a directory of a tree in, manifests and what was read out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kustomize.accumulation import accumulate
from kustomize.accumulator import Accumulator
from kustomize.context import Context, Options
from kustomize.directory import Directory, normal
from kustomize.finish import Finish, is_local
from kustomize.hash_suffix import add_hashes
from kustomize.kustomization_file import KUSTOMIZATION_FILES
from kustomize.layer import Layer
from kustomize.name_references import fix_names
from kustomize.origin import Origin
from kustomize.output_order import sort, sort_by_kind
from kustomize.outside import Outside
from kustomize.people import people_in, warn_of_renamed
from kustomize.problem import BuildError
from kustomize.reading import Reader, Readings
from kustomize.resources import Resources
from kustomize.trace import Trace, by_path
from kustomize.variables import resolve_variables
from kustomize.warning import Warned
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree

__all__ = ["KUSTOMIZATION_FILES", "Build", "BuildError", "Options", "Readings", "Warned", "build"]


@dataclass(frozen=True, slots=True)
class Build:
    """What a build made, what it read to make it, what it warns of, and how it went (for
    `rebuild`)."""

    manifests: tuple[Manifest, ...]
    readings: Readings
    trace: Trace = field(repr=False, compare=False)
    warnings: tuple[Warned, ...] = ()


def build(tree: Tree, directory: str, options: Options = Options()) -> Build:  # noqa: B008
    """Build a directory of a tree (the empty string is its top).

    Pure: the same tree gives the same result, and so does every tree that the readings of the
    result still hold for. Raises BuildError with path and line, where they are known.
    """
    reader = Reader(tree, options.mounted, Outside(options.remotes))
    try:
        layer, accumulator = _accumulated(reader, directory, options)
        resources = _finished(accumulator, layer, tree)
        finish = Finish.of(layer.kustomization, options)
        manifests = tuple(map(finish.manifest, resources))
    except RecursionError as error:
        # Patches and replacements can nest without end what was not too deep when it was read.
        raise BuildError("an object is nested too deep", path=directory) from error
    trace = Trace(
        directory, options, by_path(accumulator.loads, reader.repeated()), tuple(resources),
        accumulator.configuration.name_reference, finish,
        is_whole=bool(accumulator.variables) or layer.context.has_schema,
        warnings=layer.context.warnings,
    )  # fmt: skip
    return Build(manifests, reader.readings(), trace, layer.context.warnings.all())


def _accumulated(reader: Reader, directory: str, options: Options) -> tuple[Layer, Accumulator]:
    root = Directory(reader, reader.resolved(normal(directory)), options.anywhere)
    if not reader.is_directory(root.path):
        raise BuildError(f"'{directory}' is not a directory of the tree", path=directory)
    layer = Layer.load(root, Context(options))
    if layer.kustomization.build_metadata:
        layer = replace(layer, origin=Origin())
    return layer, accumulate(layer, Accumulator())


def _finished(accumulator: Accumulator, layer: Layer, tree: Tree) -> Resources:
    """What happens once, at the top: hashes, names, variables, order."""
    resources, context = accumulator.resources, layer.context
    kustomization = layer.kustomization
    add_hashes(resources)
    people = people_in(resources)
    fix_names(resources, accumulator.configuration.name_reference)
    warn_of_renamed(people, accumulator.loads, tree, context.warnings)
    resolve_variables(accumulator)
    resources.replace_all(each for each in resources if not is_local(each))
    if kustomization.sort_options is not None:
        sort(resources, kustomization.sort_options)
    elif context.options.sort == "legacy":
        sort_by_kind(resources)
    return resources
