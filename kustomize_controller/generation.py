"""The kustomization.yaml that is built: the one of the source with what the spec adds, or, where
the source has none, one that lists the manifests that are there. Pure (reference flux.md 1.14).
"""

from __future__ import annotations

import posixpath
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from kustomize.build import KUSTOMIZATION_FILES
from kustomize_controller.problem import KustomizationProblem
from shared.api.adjustment import Image, Patch
from shared.api.kustomization import KustomizationSpec
from shared.manifest.document import CONFIGURATION, dump, parse
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*:|git@|github\.com/|/", re.IGNORECASE)

# What kustomize takes for a kustomization, and yields nothing.
_NOTHING: Manifest = {"namespace": "_placeholder", "buildMetadata": ["originAnnotations"]}


def directory_of(path: str) -> str:
    """`spec.path` as a directory of a tree: `./apps/` → `apps`; whatever it says, it stays below
    the root."""
    return posixpath.normpath(posixpath.join("/", path)).strip("/")


def completed(tree: Tree, directory: str, spec: KustomizationSpec) -> Tree:
    """The tree with a kustomization.yaml in `directory` that does what the spec wants.

    Raises DocumentError for a file that is no YAML, KustomizationProblem for a component that is
    not a relative path.
    """
    path = _file_of(tree, directory)
    found = _read(tree, path) if path else _generated(tree, directory)
    wanted = found | dict(_additions(found, tree, directory, spec))
    if path and wanted == found:
        return tree
    place = path or posixpath.join(directory, KUSTOMIZATION_FILES[0])
    return Tree(ChainMap({place: dump([wanted])}, cast("dict[str, bytes]", tree)))


def _file_of(tree: Tree, directory: str) -> str:
    paths = (posixpath.join(directory, name) for name in KUSTOMIZATION_FILES)
    return next((path for path in paths if path in tree), "")


def _read(tree: Tree, path: str) -> Manifest:
    documents = parse(tree[path], path=path, rules=CONFIGURATION)
    if len(documents) > 1:
        raise KustomizationProblem(f"{path} holds {len(documents)} documents, and may hold one")
    return documents[0] if documents else {}


def _generated(tree: Tree, directory: str) -> Manifest:
    """A kustomization of all manifests below a directory that has none of its own."""
    resources = list(_manifests_below(tree, directory, ""))
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        **({"resources": resources} if resources else _NOTHING),
    }


def _manifests_below(tree: Tree, directory: str, place: str) -> Iterator[str]:
    """Files with manifests, and directories that have a kustomization, which knows what is in
    them: relative to where it began. What is in a file is for the build to find out."""
    for name in tree.listing(posixpath.join(directory, place).rstrip("/")):
        path = posixpath.join(place, name.rstrip("/"))
        if not name.endswith("/"):
            if name.endswith((".yaml", ".yml")):
                yield path
        elif _file_of(tree, posixpath.join(directory, path)):
            yield path
        else:
            yield from _manifests_below(tree, directory, path)


def _additions(
    found: Manifest, tree: Tree, directory: str, spec: KustomizationSpec
) -> Iterator[tuple[str, object]]:
    """The fields that the spec sets in the kustomization."""
    plain = {
        "namespace": spec.target_namespace,
        "namePrefix": spec.name_prefix,
        "nameSuffix": spec.name_suffix,
    }
    yield from ((field, value) for field, value in plain.items() if value)
    if spec.patches:
        yield "patches", [*_list(found, "patches"), *map(_patch, spec.patches)]
    if spec.images:
        yield "images", _merged(_list(found, "images"), spec.images)
    components = list(_components(tree, directory, spec))
    if components:
        yield "components", [*_list(found, "components"), *components]
    if spec.build_metadata:
        yield "buildMetadata", list(spec.build_metadata)


def _patch(patch: Patch) -> Manifest:
    target = patch.target.model_dump(by_alias=True, exclude_defaults=True) if patch.target else {}
    return {"patch": patch.patch, **({"target": target} if target else {})}


def _merged(existing: Iterable[object], ours: Iterable[Image]) -> list[object]:
    """Images of the source, each changed by ours of the same name; ours that are new come after.
    Tag and digest are one thing: who sets either replaces both (flux.md 12 (67))."""
    images = [dict(cast("Manifest", image)) for image in existing if isinstance(image, dict)]
    for image in ours:
        entry = next((one for one in images if one.get("name") == image.name), None)
        if entry is None:
            entry = {"name": image.name}
            images.append(entry)
        if image.new_name:
            entry["newName"] = image.new_name
        if image.new_tag or image.digest:
            version = {"newTag": image.new_tag, "digest": image.digest}
            for field, value in version.items():
                entry.pop(field, None)
                entry.update({field: value} if value else {})
    return list(images)


def _components(tree: Tree, directory: str, spec: KustomizationSpec) -> Iterator[str]:
    for component in spec.components:
        if _REMOTE.match(component):
            raise KustomizationProblem(
                f"spec.components: {component!r} has to be a relative path within the source"
            )
        there = tree.is_directory(posixpath.normpath(posixpath.join(directory, component)))
        if there or not spec.ignore_missing_components:
            yield component


def _list(node: Manifest, key: str) -> Sequence[object]:
    found = node.get(key)
    return found if isinstance(found, list) else ()
