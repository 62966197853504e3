"""Which fields the transformers of a build work on: the built-in table and what users add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from kustomize.configuration_file import read_first
from kustomize.decoding import decoded
from kustomize.directory import Directory
from kustomize.field_table import FIELDS, NAME_REFERENCES
from kustomize.fieldspec import FieldSpec, FieldSpecs
from kustomize.identity import Gvk
from kustomize.kind_order import kind_key
from kustomize.kustomization import Spec
from kustomize.problem import BuildError


class NameReference(NamedTuple):
    """A kind whose objects may be renamed, and the fields of others that hold their names."""

    target: Gvk
    referrers: FieldSpecs


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that each transformer changes."""

    name_prefix: FieldSpecs
    name_suffix: FieldSpecs
    namespace: FieldSpecs
    common_labels: FieldSpecs
    labels: FieldSpecs
    template_labels: FieldSpecs
    volume_claim_template_labels: FieldSpecs
    common_annotations: FieldSpecs
    var_reference: FieldSpecs
    images: FieldSpecs
    replicas: FieldSpecs


_NAMES = tuple(Fields.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Fields to change and fields that hold names. Immutable; `merged` makes new ones.

    `settled` ones went through a merge, where a spec for all kinds gives way to one for a kind.
    """

    fields: Fields
    name_reference: tuple[NameReference, ...] = ()
    settled: bool = False

    def merged(self, other: Configuration) -> Configuration:
        """Both. Raises BuildError where they disagree about making a field."""
        if other is self or other is EMPTY:
            return self
        if self is EMPTY and other.settled:
            return other
        return Configuration(
            Fields(*map(FieldSpecs.merged, _specs_of(self), _specs_of(other))),
            _merged_references(self.name_reference, other.name_reference),
            settled=self is EMPTY,
        )


def _specs_of(configuration: Configuration) -> list[FieldSpecs]:
    return [getattr(configuration.fields, name) for name in _NAMES]


EMPTY = Configuration(Fields(*(FieldSpecs(()) for _ in _NAMES)))
"""No fields at all."""


def _merged_references(
    own: tuple[NameReference, ...], more: Iterable[NameReference]
) -> tuple[NameReference, ...]:
    found = {reference.target: reference for reference in own}
    for target, referrers in more:
        known = found.get(target)
        found[target] = NameReference(target, known[1].merged(referrers) if known else referrers)
    return tuple(sorted(found.values(), key=lambda reference: kind_key(reference.target)))


@lru_cache(maxsize=1)
def built_in() -> Configuration:
    """What holds when nobody says otherwise."""
    fields = {_snake(name): _specs(rows) for name, rows in FIELDS.items()}
    references = (
        NameReference(_kind(target), _specs(rows)) for target, rows in NAME_REFERENCES.items()
    )
    found = Fields(*(fields[name] for name in _NAMES))
    return EMPTY.merged(Configuration(found, _merged_references((), references)))


def _snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)


def _specs(rows: str) -> FieldSpecs:
    split = (row.split(" | ") for row in rows.splitlines() if row)
    return FieldSpecs(
        FieldSpec(_kind(kind.removesuffix("+")), path, kind.endswith("+"))
        for path, kinds in split
        for kind in kinds.split()
    ).in_order()


def _kind(text: str) -> Gvk:
    if text == "*":
        return Gvk()
    name, _, version = text.partition("@")
    kind, _, group = name.partition(".")
    return Gvk(group, version, kind)


@dataclass(frozen=True, slots=True)
class _Reference:
    """An entry of `nameReference` in a configuration file."""

    group: str = ""
    version: str = ""
    kind: str = ""
    field_specs: tuple[Spec, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    """A configuration file."""

    name_prefix: tuple[Spec, ...] = ()
    name_suffix: tuple[Spec, ...] = ()
    namespace: tuple[Spec, ...] = ()
    common_labels: tuple[Spec, ...] = ()
    labels: tuple[Spec, ...] = ()
    template_labels: tuple[Spec, ...] = ()
    volume_claim_template_labels: tuple[Spec, ...] = ()
    common_annotations: tuple[Spec, ...] = ()
    var_reference: tuple[Spec, ...] = ()
    images: tuple[Spec, ...] = ()
    replicas: tuple[Spec, ...] = ()
    name_reference: tuple[_Reference, ...] = field(default_factory=tuple)


def field_specs(specs: Iterable[Spec]) -> FieldSpecs:
    """Field specs as users write them, made ready."""
    return FieldSpecs(
        FieldSpec(Gvk(spec.group, spec.version, spec.kind), spec.path, spec.create)
        for spec in specs
    )


def configuration_of(directory: Directory, paths: tuple[str, ...]) -> Configuration:
    """The built-in configuration with that of files added. Raises BuildError."""
    result = EMPTY
    for path in paths:
        try:
            content = directory.load(path)
        except BuildError as error:
            raise error.under("loading configurations") from error
        result = result.merged(_read(content, directory.told(path)))
    return built_in().merged(result)


def _read(content: bytes, path: str) -> Configuration:
    try:
        file = decoded(_File, read_first(content, path), "TransformerConfig", exact=False)
    except BuildError as error:
        raise error.under("error unmarshaling JSON").at(path) from error
    references = (
        NameReference(Gvk(each.group, each.version, each.kind), field_specs(each.field_specs))
        for each in file.name_reference
    )
    found = Fields(*(field_specs(getattr(file, name)).in_order() for name in _NAMES))
    return Configuration(found, _merged_references((), references))
