"""`patches`, `patchesStrategicMerge` and `patchesJson6902`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from kustomize.bound import MOST_VALUES, Budget, size
from kustomize.directory import Directory
from kustomize.json_patch import Changes, Operation, operations_of, patched
from kustomize.kustomization import Patch, PatchOptions, Selector
from kustomize.manifest_file import resources_of
from kustomize.merge_keys import Schemas
from kustomize.merge_surprise import surprises
from kustomize.metadata import make_texts, set_name, set_namespace, set_texts, texts
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import MISSING, in_place, is_empty, plain
from kustomize.scope import Scope
from kustomize.selection import selected
from kustomize.shared_entry import settle
from kustomize.strategic_merge import merged
from kustomize.warning import Spot, Warnings
from shared.manifest.identity import Manifest


class Given(NamedTuple):
    """A strategic merge patch and where it was written."""

    patch: Resource
    spot: Spot


class _Note(NamedTuple):
    """What a JSON patch notes: warnings, and the id of before where it shall."""

    warnings: Warnings
    spot: Spot
    remember: bool


class Patches:
    """Makes transformers of patches, as the schemas and scopes of one build have it. They warn of
    what a patch does beside what it says."""

    __slots__ = ("_schemas", "_scope", "_warnings")

    def __init__(self, scope: Scope, schemas: Schemas, warnings: Warnings) -> None:
        self._scope = scope
        self._schemas = schemas
        self._warnings = warnings

    def either(self, patch: Patch, directory: Directory) -> Transformer:
        """An entry of `patches`: a strategic merge or a JSON patch, as its text tells.

        Raises BuildError where it is neither, or cannot be read.
        """
        text, where = _text_of(patch, directory)
        strategic, problem = self._strategic(text, patch.path)
        operations = _operations(text, patch.path)
        if strategic and operations:
            raise BuildError(f"illegally qualifies as both an SM and JSON patch: {where}")
        if problem is not None and operations is None:
            raise BuildError(
                f"unable to parse SM or JSON patch from {where}: {problem.message}",
                path=directory.told(patch.path) if patch.path else "",
                line=problem.line,
            )
        if problem is None:
            given = [Given(each, Spot(directory, patch.path)) for each in strategic]
            return self._merging(given, patch.target, patch.options or PatchOptions(), where)
        note = _Note(self._warnings, Spot(directory, patch.path), remember=True)
        return _patching(operations or (), patch.target, where, note)

    def _strategic(self, text: str, path: str) -> tuple[list[Resource], BuildError | None]:
        try:
            return resources_of(text.encode(), path, self._scope), None
        except BuildError as error:
            return [], error

    def _merging(
        self, patches: list[Given], target: Selector | None, options: PatchOptions, where: str
    ) -> Transformer:
        def transform(resources: Resources) -> None:
            if target is not None and len(patches) > 1:
                raise BuildError(
                    "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to "
                    f"set `patches.target` field: {where}"
                )
            touched: list[Resource] = []
            for patch, spot in patches:
                if target is None:
                    meant = _target(resources, patch)
                    if meant is not None:
                        touched.append(meant)
                        self._merge(meant, Given(patch.copy(), spot), options)
                else:
                    found = selected(resources, target)
                    budget = Budget(MOST_VALUES, "the objects with their patches")
                    budget.spend(size(patch.manifest) * len(found))
                    touched += found
                    for resource in found:
                        self._merge(resource, Given(_adapted(patch, resource), spot), options)
            resources.drop_empty(touched)
            if options != PatchOptions():
                resources.renamed()

        return transform

    def strategic(
        self, entries: tuple[str, ...], directory: Directory, inline: Sequence[Resource] = ()
    ) -> Transformer:
        """`patchesStrategicMerge`: each entry is a path, or the patch itself; `inline` are more.

        Raises BuildError where they hold no patch.
        """
        patches = [patch for entry in entries for patch in self._loaded(entry, directory)]
        patches += [Given(patch, Spot(directory)) for patch in inline]
        if not patches:
            raise BuildError(f"patch appears to be empty; files=[{' '.join(entries)}], Patch=")
        return self._each_to_its_own(patches)

    def _loaded(self, entry: str, directory: Directory) -> list[Given]:
        found, problem = self._strategic(entry, "")
        if problem is None:
            return [Given(patch, Spot(directory)) for patch in found]
        content = directory.load(entry)
        try:
            found = resources_of(content, entry, self._scope)
            return [Given(patch, Spot(directory, entry)) for patch in found]
        except BuildError as error:
            raise error.at(directory.told(entry)) from error

    def _each_to_its_own(self, patches: list[Given]) -> Transformer:
        def transform(resources: Resources) -> None:
            for patch, spot in patches:
                target = resources.only_one(patch.original, patch.key)
                if target is not None:
                    self._merge(target, Given(_adapted(patch, target), spot), PatchOptions())
                    resources.drop_empty((target,))

        return transform

    def _merge(self, resource: Resource, given: Given, options: PatchOptions) -> None:
        """Merge, then restore what the patch may not change."""
        patch, spot = given
        if options.allow_name_change or options.allow_kind_change:
            make_texts(patch.manifest, "annotations")
        for each in surprises(resource.manifest, patch.manifest, self._schemas):
            self._warnings.add(f"{resource.id}: {each.message}", spot, patch.name, *each.way)
        name, namespace, kind = resource.name, resource.namespace, resource.gvk.kind
        if options.allow_name_change or options.allow_kind_change:
            resource.remember()
        resource.manifest = merged(resource.manifest, patch.manifest, self._schemas)
        settle(resource.shared, resource.manifest)
        if is_empty(resource.manifest):
            return
        if not options.allow_kind_change:
            resource.manifest["kind"] = in_place(resource.manifest.get("kind", MISSING), kind)
        if not options.allow_name_change:
            set_name(resource.manifest, name)
        set_namespace(resource.manifest, namespace)


def _target(resources: Resources, patch: Resource) -> Resource | None:
    try:
        return resources.only_one(patch.original, patch.key)
    except BuildError as error:
        raise error.under(
            f'no resource matches strategic merge patch "{patch.original}"'
        ) from error


def _adapted(patch: Resource, target: Resource) -> Resource:
    """A copy of a patch for an object that it may not name. Labels and annotations are texts from
    here on, also where they were null: kustomize copies them so."""
    copy = patch.copy()
    for field in ("labels", "annotations"):
        set_texts(copy.manifest, field, texts(copy.manifest, field))
    copy.manifest["apiVersion"] = target.gvk.api_version
    return copy


def _text_of(patch: Patch, directory: Directory) -> tuple[str, str]:
    text = patch.patch.strip()
    if not text and not patch.path:
        raise BuildError("must specify one of patch and path")
    if text and patch.path:
        raise BuildError("patch and path can't be set at the same time")
    if text:
        return text, f'[patch: "{text}"]'
    try:
        content = directory.load(patch.path)
    except BuildError as error:
        raise error.under(f"failed to get the patch file from path({patch.path})") from error
    return content.decode(errors="replace"), f'[path: "{patch.path}"]'


def _operations(text: str, path: str) -> tuple[Operation, ...] | None:
    try:
        return operations_of(text, path) if text else None
    except BuildError:
        return None


def json6902(patch: Patch, directory: Directory, warnings: Warnings) -> Transformer:
    """An entry of `patchesJson6902`. Raises BuildError where there is no such patch."""
    if patch.target is None or not patch.target.name:
        raise BuildError("must specify the target name")
    if not patch.path and not patch.patch:
        raise BuildError("empty file path and empty jsonOp")
    if patch.path and patch.patch:
        raise BuildError("must specify a file path or jsonOp, not both")
    text = directory.load(patch.path).decode(errors="replace") if patch.path else patch.patch
    operations = operations_of(text, directory.told(patch.path) if patch.path else "")
    if not operations:
        raise BuildError(f"patch appears to be empty; file={patch.path}, JsonOp={text[:200]}")
    note = _Note(warnings, Spot(directory, patch.path), remember=False)
    return _patching(operations, patch.target, text, note)


def _patching(
    operations: tuple[Operation, ...], target: Selector | None, where: str, note: _Note
) -> Transformer:
    def transform(resources: Resources) -> None:
        if not operations:
            return
        if target is None:
            raise BuildError(f"must specify a target for JSON patch {where}")
        found = selected(resources, target)
        for resource in found:
            if note.remember:
                resource.remember()
            try:
                for number, left in _patch(resource, operations):
                    message = f"{resource.id}: a JSON patch makes {left} of {number}"
                    note.warnings.add(message, note.spot, operations[0].path)
            except BuildError as error:
                raise error.under(f"{resource.id}") from error
        resources.drop_empty(found)
        resources.renamed()

    return transform


def _patch(resource: Resource, operations: tuple[Operation, ...]) -> Changes:
    """Apply a JSON patch; returns the numbers that it changed without being asked.

    kustomize keeps what it notes of an object among its annotations, so these are there for the
    patch, and what is no mapping gives way to them afterwards; but where an object comes from is
    forgotten with the annotations that a patch replaces.
    """
    manifest = cast("Manifest", plain(resource.manifest))
    has_notes = bool(resource.previous or resource.origin)
    metadata = manifest.get("metadata")
    before: object = None
    if has_notes and isinstance(metadata, dict):
        before = metadata["annotations"] = metadata.get("annotations") or {}
    changes: Changes = []
    resource.manifest = patched(manifest, operations, changes)
    resource.shared = ()
    after = resource.metadata.get("annotations")
    if has_notes and after is not before:
        resource.origin, resource.transformations = None, ()
    if has_notes and not (isinstance(after, dict) and after):
        resource.metadata.pop("annotations", None)
    return changes
