"""Generators and transformers that are given as objects: those that kustomize brings along.

Everything else (programs, containers, shared libraries) is refused.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kustomize.affix import prefixed, suffixed
from kustomize.charts import Chart, ChartGlobals, Inflation
from kustomize.configuration import field_specs
from kustomize.configuration_file import read_first
from kustomize.context import Context
from kustomize.decoding import decoded
from kustomize.directory import Directory
from kustomize.fieldspec import FieldSpecs
from kustomize.generators import config_map, secret
from kustomize.hash_suffix import add_hashes
from kustomize.iam_policy import IamPolicy, service_account
from kustomize.images import imaged
from kustomize.kustomization import (
    GeneratorArguments,
    Image,
    Patch,
    PatchOptions,
    Replacement,
    Replica,
    Selector,
    Spec,
    Texts,
)
from kustomize.labels import labelled
from kustomize.manifest_file import resources_of
from kustomize.namespace import namespaced
from kustomize.patches import Patches, json6902
from kustomize.problem import BuildError
from kustomize.replacements import replacing
from kustomize.replicas import scaled
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import copied, plain
from kustomize.value_add import ValueTarget, adding

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Metadata:
    name: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class _Generator(GeneratorArguments):
    metadata: _Metadata = field(default_factory=_Metadata)


@dataclass(frozen=True, slots=True)
class _Transformer:
    """The fields of all transformers together: no two of them mean different things by one."""

    metadata: _Metadata = field(default_factory=_Metadata)
    field_specs: tuple[Spec, ...] | None = None
    labels: Texts = field(default_factory=dict)
    annotations: Texts = field(default_factory=dict)
    image_tag: Image = field(default_factory=Image)
    replica: Replica = field(default_factory=Replica)
    prefix: str = ""
    suffix: str = ""
    unset_only: bool = False
    set_role_binding_subjects: str = ""
    target: Selector | None = None
    path: str = ""
    json_op: str = ""
    patch: str = ""
    options: PatchOptions | None = None
    paths: tuple[str, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    value: str = ""
    target_file_path: str = ""


@dataclass(frozen=True, slots=True)
class _PatchTexts:
    """`patches` is a text in PatchStrategicMergeTransformer."""

    patches: str = ""


@dataclass(frozen=True, slots=True)
class _Targets:
    """`targets` of ValueAddTransformer."""

    targets: tuple[ValueTarget, ...] = ()


class Plugins:
    """Makes generated objects and transformers of plugin objects, for one directory."""

    def __init__(self, directory: Directory, context: Context) -> None:
        self._directory = directory
        self._context = context
        self._patches = Patches(context.scope, context.schemas, context.warnings)

    def generated(self, plugin: Resource) -> list[Resource]:
        """The objects that a generator makes. Raises BuildError."""
        makers: dict[str, Callable[[Resource], list[Resource]]] = {
            "ConfigMapGenerator": lambda plugin: [self._config_map(plugin)],
            "SecretGenerator": lambda plugin: [self._secret(plugin)],
            "IAMPolicyGenerator": lambda plugin: [self._service_account(plugin)],
            "HelmChartInflationGenerator": self._of_chart,
        }
        return self._maker(plugin, makers)(plugin)

    def transformer(self, plugin: Resource) -> Transformer:
        """What a transformer does. Raises BuildError."""
        makers: dict[str, Callable[[_Transformer], Transformer]] = {
            "AnnotationsTransformer": lambda given: labelled(given.annotations, _specs(given)),
            "HashTransformer": lambda _: add_hashes,
            "ImageTagTransformer": lambda given: imaged((given.image_tag,), _specs(given)),
            "LabelTransformer": lambda given: labelled(given.labels, _specs(given)),
            "NamespaceTransformer": _namespace,
            "PatchJson6902Transformer": self._json_patch,
            "PatchStrategicMergeTransformer": lambda given: self._merges(plugin, given),
            "PatchTransformer": self._patch,
            "PrefixSuffixTransformer": _prefix_and_suffix,
            "PrefixTransformer": lambda given: prefixed(given.prefix, _required(given)),
            "SuffixTransformer": lambda given: suffixed(given.suffix, _required(given)),
            "ReplacementTransformer": self._replacing,
            "ReplicaCountTransformer": lambda given: scaled(given.replica, _specs(given)),
            "ValueAddTransformer": lambda given: self._value(plugin, given),
        }
        return self._configured(
            plugin, lambda: self._maker(plugin, makers)(_read(_Transformer, plugin))
        )

    def _maker(self, plugin: Resource, makers: dict[str, T]) -> T:
        kind = plugin.gvk.kind
        if not _is_built_in(plugin):
            raise BuildError(f"external plugins disabled; unable to load external plugin '{kind}'")
        if kind not in makers:
            raise BuildError(f"unable to load builtin {plugin.gvk}")
        return makers[kind]

    def _configured(self, plugin: Resource, make: Callable[[], Transformer]) -> Transformer:
        if not _is_built_in(plugin):
            return make()
        try:
            return make()
        except BuildError as error:
            if error.message.startswith("unable to load builtin"):
                raise
            raise error.under(f"plugin {plugin.id} fails configuration") from error

    def _config_map(self, plugin: Resource) -> Resource:
        return config_map(_arguments(plugin), self._directory, self._context.scope)

    def _secret(self, plugin: Resource) -> Resource:
        return secret(_arguments(plugin), self._directory, self._context.scope)

    def _service_account(self, plugin: Resource) -> Resource:
        return service_account(_read(IamPolicy, plugin), self._context.scope)

    def _of_chart(self, plugin: Resource) -> list[Resource]:
        charts = self._context.options.charts
        inflation = Inflation(charts, self._directory, self._context.scope)
        return inflation.resources(_read(Chart, plugin), _read(ChartGlobals, plugin))

    def _json_patch(self, given: _Transformer) -> Transformer:
        patch = Patch(given.path, given.json_op, given.target)
        return json6902(patch, self._directory, self._context.warnings)

    def _patch(self, given: _Transformer) -> Transformer:
        patch = Patch(given.path, given.patch, given.target, given.options)
        return self._patches.either(patch, self._directory)

    def _merges(self, plugin: Resource, given: _Transformer) -> Transformer:
        text = _read(_PatchTexts, plugin).patches
        if not given.paths and not text:
            raise BuildError("empty file path and empty patch content")
        inline = resources_of(text.encode(), "", self._context.scope)
        return self._patches.strategic(given.paths, self._directory, inline)

    def _replacing(self, given: _Transformer) -> Transformer:
        return replacing(given.replacements, self._directory, self._context.warnings)

    def _value(self, plugin: Resource, given: _Transformer) -> Transformer:
        targets = _read(_Targets, plugin).targets
        value = given.value.strip() or posixpath.basename(self._directory.path)
        path = given.target_file_path
        if path:
            file = read_first(self._directory.load(path), path)
            targets += decoded(_Targets, file, "targets", strict=False).targets
        return adding(value, targets)


def _is_built_in(plugin: Resource) -> bool:
    return plugin.gvk.group == "" and plugin.gvk.version == "builtin"


def _read(kind: type[T], plugin: Resource) -> T:
    return decoded(kind, plain(copied(plugin.manifest)), plugin.gvk.kind, strict=False)


def _arguments(plugin: Resource) -> GeneratorArguments:
    given = _read(_Generator, plugin)
    return replace(
        given,
        name=given.name or given.metadata.name,
        namespace=given.namespace or given.metadata.namespace,
    )


def _specs(given: _Transformer) -> FieldSpecs:
    return field_specs(given.field_specs or ())


def _required(given: _Transformer) -> FieldSpecs:
    if given.field_specs is None:
        raise BuildError("fieldSpecs is not expected to be nil")
    return _specs(given)


def _prefix_and_suffix(given: _Transformer) -> Transformer:
    steps = prefixed(given.prefix, _required(given)), suffixed(given.suffix, _required(given))

    def transform(resources: Resources) -> None:
        for step in steps:
            step(resources)

    return transform


def _namespace(given: _Transformer) -> Transformer:
    subjects = given.set_role_binding_subjects or "defaultOnly"
    if subjects not in ("defaultOnly", "allServiceAccounts", "none"):
        raise BuildError(
            f'invalid value "{subjects}" for setRoleBindingSubjects: must be one of "defaultOnly", '
            '"none" or "allServiceAccounts"'
        )
    if not given.metadata.namespace:
        return lambda _: None
    return namespaced(
        given.metadata.namespace,
        _specs(given),
        unset_only=given.unset_only,
        subjects=subjects,
    )
