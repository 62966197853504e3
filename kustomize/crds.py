"""`crds`: definitions of custom resources that say which of their fields hold names and labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, cast

from kustomize.configuration import EMPTY, Configuration, NameReference
from kustomize.configuration_file import read_first
from kustomize.directory import Directory
from kustomize.fieldspec import FieldSpec, FieldSpecs
from kustomize.identity import Gvk
from kustomize.problem import BuildError
from shared.manifest.identity import Manifest, section, text

_DEEPEST = 64
_MOST_FIELDS = 10_000
_PREFIX = "x-kubernetes-"


class _Property(NamedTuple):
    """A field of a kind, where it is, and what its schema says."""

    kind: Gvk
    path: str
    schema: Manifest


def configuration_of_crds(directory: Directory, paths: tuple[str, ...]) -> Configuration:
    """What the files of `crds` add to the configuration. Raises BuildError."""
    result = EMPTY
    for path in paths:
        try:
            content = directory.load(path)
        except BuildError as error:
            raise error.under("loading crds") from error
        result = result.merged(_configuration(_read(content, path)))
    return result


def _read(content: bytes, path: str) -> Manifest:
    doing = f"unable to parse open API definition from '{path}'"
    value = read_first(content, path, doing)
    if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
        raise BuildError(doing, path=path)
    return cast("Manifest", value)


def _configuration(definitions: Manifest) -> Configuration:
    found: dict[str, list[FieldSpec]] = {"annotation": [], "label-selector": [], "identity": []}
    references: dict[Gvk, list[FieldSpec]] = {}
    for each in _properties(definitions):
        for mark, specs in found.items():
            if isinstance(each.schema.get(_PREFIX + mark), str):
                specs.append(FieldSpec(each.kind, each.path))
        target = _target(each.schema)
        if target is not None:
            name = each.schema.get(f"{_PREFIX}object-ref-name-key")
            path = f"{each.path}/{name if isinstance(name, str) else 'name'}"
            references.setdefault(target, []).append(FieldSpec(each.kind, path))
    fields = replace(
        EMPTY.fields,
        common_annotations=FieldSpecs(found["annotation"]).in_order(),
        common_labels=FieldSpecs(found["label-selector"]).in_order(),
        name_prefix=FieldSpecs(found["identity"]).in_order(),
    )
    named = (NameReference(kind, FieldSpecs(specs)) for kind, specs in references.items())
    return Configuration(fields, tuple(named))


def _target(schema: Manifest) -> Gvk | None:
    version = schema.get(f"{_PREFIX}object-ref-api-version")
    kind = schema.get(f"{_PREFIX}object-ref-kind")
    if isinstance(version, str) and isinstance(kind, str):
        return Gvk("", version, kind)
    return None


def _properties(definitions: Manifest) -> Iterator[_Property]:
    """The fields of all definitions that are kinds, with those below."""
    count = 0
    for name in definitions:
        fields = _fields(definitions, name)
        if not all(field in fields for field in ("apiVersion", "kind", "metadata")):
            continue
        kind = Gvk(kind=name.rpartition(".")[2])
        for each in _below(definitions, name, kind, ()):
            count += 1
            if count > _MOST_FIELDS:
                raise BuildError(
                    f"definitions of custom resources have more than {_MOST_FIELDS} fields"
                )
            yield each


def _fields(definitions: Manifest, name: str) -> Manifest:
    return section(section(section(definitions, name), "Schema"), "properties")


def _below(
    definitions: Manifest, name: str, kind: Gvk, way: tuple[str, ...]
) -> Iterator[_Property]:
    if len(way) > _DEEPEST:
        raise BuildError(f"the definition {name} is nested too deep, or refers to itself")
    fields = _fields(definitions, name)
    for field in fields:
        schema = section(fields, field)
        here = (*way, field)
        yield _Property(kind, "/".join(here), schema)
        if text(schema, "$ref"):
            yield from _below(definitions, text(schema, "$ref"), kind, here)
