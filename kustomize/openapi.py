"""Schemas of the user: `openapi` in a kustomization file.

A file of definitions takes the place of what is built in, unless objects were read before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from kustomize.configuration_file import read_first
from kustomize.context import Context
from kustomize.directory import Directory
from kustomize.identity import Gvk, gvk
from kustomize.merge_keys import Schema, Schemas, built_in
from kustomize.problem import BuildError
from shared.manifest.identity import Manifest, section, text

_KINDS = "x-kubernetes-group-version-kind"
_VERSIONS = ("v1.21.2",)
_REFERENCE = "#/definitions/"


def learn(openapi: dict[str, str], directory: Directory, context: Context, *, top: bool) -> None:
    """Take in what `openapi` of a kustomization says; below the top only if nobody said anything
    before. Raises BuildError for versions and files that are not there."""
    path, version = openapi.get("path"), openapi.get("version", "")
    content = _loaded(directory, path) if path is not None else None
    if context.has_schema and not top:
        return
    if content is not None and path is not None:
        if version:
            raise BuildError("builtin version and custom schema provided, cannot use both")
        _use(_definitions_file(content, path), context)
    elif version:
        if version not in _VERSIONS:
            raise BuildError("the specified OpenAPI version is not built in")
        context.has_schema = True


def _loaded(directory: Directory, path: str) -> bytes:
    try:
        return directory.load(path)
    except BuildError as error:
        raise error.under("openapi.path") from error


def _definitions_file(content: bytes, path: str) -> Manifest:
    value = read_first(content, path, "invalid schema file")
    if not isinstance(value, dict):
        raise BuildError("invalid schema file: not an object", path=path)
    file = cast("Manifest", value)
    if not all(
        each is None or isinstance(each, dict) for each in section(file, "definitions").values()
    ):
        raise BuildError("invalid schema file: a definition is not an object", path=path)
    return file


def _use(file: Manifest, context: Context) -> None:
    context.has_schema = True
    own = _Definitions(section(file, "definitions")).schemas()
    context.schemas = {**built_in(), **own} if context.has_read else own
    context.scope.add(_scopes(section(file, "paths")))


class _Definitions:
    """Turns definitions into schemas. Those that refer to each other are shared."""

    __slots__ = ("_definitions", "_done")

    def __init__(self, definitions: Manifest) -> None:
        self._definitions = definitions
        self._done: dict[str, Schema] = {}

    def schemas(self) -> Schemas:
        found: Schemas = {}
        for name in self._definitions:
            for kind in _kinds(section(self._definitions, name)):
                found[kind.api_version, kind.kind] = self._named(name)
        return found

    def _named(self, name: str) -> Schema:
        if name not in self._done:
            schema = self._done[name] = Schema()
            made = self._made(section(self._definitions, name))
            schema.fields.update(made.fields)
            if (made.merged, made.keys, made.others) != (False, (), None):
                self._done[name] = made
        return self._done[name]

    def _made(self, node: Manifest) -> Schema:
        reference = text(node, "$ref")
        if reference.startswith(_REFERENCE):
            return self._named(reference.removeprefix(_REFERENCE))
        others = node.get("additionalProperties")
        items = section(node, "items")
        fields = {
            name: self._made(section(section(node, "properties"), name))
            for name in section(node, "properties")
        }
        if items:
            entry = self._made(items)
            fields, below = entry.fields, entry.others
        else:
            below = self._made(cast("Manifest", others)) if isinstance(others, dict) else None
        return Schema(
            "merge" in text(node, "x-kubernetes-patch-strategy").split(","),
            _merge_keys(node),
            fields,
            below,
        )


def _merge_keys(node: Manifest) -> tuple[str, ...]:
    keys = node.get("x-kubernetes-list-map-keys")
    if isinstance(keys, list):
        return tuple(key for key in keys if isinstance(key, str))
    key = text(node, "x-kubernetes-patch-merge-key")
    return (key,) if key else ()


def _kinds(node: Manifest) -> Iterator[Gvk]:
    found = node.get(_KINDS)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and text(each, "kind"):
            yield Gvk(text(each, "group"), text(each, "version"), text(each, "kind"))


def _scopes(paths: Manifest) -> dict[Gvk, bool]:
    """Which kinds are namespaced, by the paths that they are served at."""
    found: dict[Gvk, bool] = {}
    for path in paths:
        kind = section(section(section(paths, path), "get"), _KINDS)
        if kind:
            which = gvk(
                Gvk(text(kind, "group"), text(kind, "version")).api_version, text(kind, "kind")
            )
            found[which] = found.get(which, False) or "namespaces/{namespace}" in path
    return found
