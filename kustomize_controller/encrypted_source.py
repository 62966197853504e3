"""The encrypted files that a build is about to use: those of generators and patches. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from kustomize.build import KUSTOMIZATION_FILES
from kustomize_controller.sops.document import Document
from kustomize_controller.sops.format import BINARY, DOTENV, Format, format_of_name
from kustomize_controller.sops.value import named
from shared.manifest.document import CONFIGURATION, DocumentError, parse
from shared.manifest.identity import Manifest, text
from shared.manifest.tree import Tree


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted file."""

    path: str
    format: Format
    document: Document


def sealed_files(tree: Tree, directory: str) -> Iterator[Sealed]:
    """The encrypted files that the kustomization of a directory uses, and those that it is made of:
    `secretGenerator`, and `patches` by path. Which format a file has tells the key that it gets in
    the Secret, or its name. Raises SopsProblem with the path."""
    seen: set[str] = set()
    for place, kustomization in _kustomizations(tree, directory):
        for path, kind in _used(kustomization):
            whole = posixpath.normpath(posixpath.join(place, path))
            content = tree.get(whole)
            if content is None or whole in seen or not kind.is_encrypted(content):
                continue
            seen.add(whole)
            with named(whole):
                yield Sealed(whole, kind, kind.document(content))


def _kustomizations(tree: Tree, directory: str) -> Iterator[tuple[str, Manifest]]:
    """The kustomization of a directory and of all that it is made of, each with where it is."""
    waiting, seen = [directory], {directory}
    while waiting:
        place = waiting.pop()
        found = _kustomization(tree, place)
        if found is None:
            continue
        yield place, found
        for path in _texts(found, "resources") + _texts(found, "components"):
            below = posixpath.normpath(posixpath.join(place, path)).removeprefix(".")
            if below not in seen and tree.is_directory(below):
                seen.add(below)
                waiting.append(below)


def _kustomization(tree: Tree, directory: str) -> Manifest | None:
    """What is wrong with one, or with there being several, is for the build to tell."""
    paths = (posixpath.join(directory, name) for name in KUSTOMIZATION_FILES)
    path = next((path for path in paths if path in tree), None)
    if path is None:
        return None
    try:
        found = parse(tree[path], path=path, rules=CONFIGURATION)
    except DocumentError:
        return None
    return found[0] if found else None


def _used(kustomization: Manifest) -> Iterator[tuple[str, Format]]:
    """The files that a kustomization names, with the format that each would have."""
    for generator in _mappings(kustomization, "secretGenerator"):
        for said in _texts(generator, "files"):
            key, equals, path = said.partition("=")
            yield (path if equals else key), format_of_name(key)
        for path in _texts(generator, "envs"):
            kind = format_of_name(path)
            yield path, DOTENV if kind is BINARY else kind
    for patch in _mappings(kustomization, "patches"):
        if path := text(patch, "path"):
            yield path, format_of_name(path)


def _mappings(node: Manifest, key: str) -> list[Manifest]:
    found = node.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _texts(node: Manifest, key: str) -> list[str]:
    found = node.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
