"""The order of work in one directory, and from directory to directory."""

from __future__ import annotations

from collections.abc import Iterator

from kustomize.absorption import absorb
from kustomize.accumulator import Accumulator
from kustomize.configuration import configuration_of
from kustomize.crds import configuration_of_crds
from kustomize.generators import config_map, secret, with_global
from kustomize.inclusion import Inclusion
from kustomize.layer import Layer
from kustomize.origin import Origin
from kustomize.plugins import Plugins
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.steps import steps_of
from kustomize.variables import add_variables


def accumulate(layer: Layer, into: Accumulator) -> Accumulator:
    """All that a layer makes, added to `into`: an empty accumulator, or for a component the one of
    whoever uses it. Raises BuildError."""
    given = layer.kustomization
    inclusion = Inclusion(layer, accumulate)
    inclusion.resources(into, given.resources, "accumulating resources")
    into.configuration = into.configuration.merged(
        configuration_of(layer.directory, given.configurations)
    ).merged(configuration_of_crds(layer.directory, given.crds))
    _generate(layer, inclusion, into.resources)
    inclusion.components(into, given.components)
    _transform(layer, inclusion, into)
    _validate(layer, inclusion, into.resources)
    add_variables(into, given.vars)
    return into


def _generate(layer: Layer, inclusion: Inclusion, resources: Resources) -> None:
    # All are made before the first joins the others: a file that is missing is told first.
    for resource in [*_generated(layer)]:
        absorb(resources, (resource,))
    doing = "loading generator plugins"
    try:
        plugins = inclusion.plugins(
            layer.kustomization.generators, "configuring external generator"
        )
    except BuildError as error:
        raise error.under(doing) from error
    makers = Plugins(layer.directory, layer.context)
    for plugin in plugins:
        try:
            resource = makers.generated(plugin)
        except BuildError as error:
            raise error.under(f"{doing}: failed to load generator") from error
        resource.origin = _configured_by(plugin)
        absorb(resources, (resource,))


def _generated(layer: Layer) -> Iterator[Resource]:
    """The objects of the fields that generate some."""
    given, directory, scope = layer.kustomization, layer.directory, layer.context.scope
    for entry in given.config_map_generator:
        resource = config_map(with_global(entry, given.generator_options), directory, scope)
        resource.origin = layer.configured("ConfigMapGenerator")
        yield resource
    for entry in given.secret_generator:
        resource = secret(with_global(entry, given.generator_options), directory, scope)
        resource.origin = layer.configured("SecretGenerator")
        yield resource
    if given.helm_charts:
        raise BuildError(
            "trouble configuring builtin HelmChartInflationGenerator: must specify "
            "--enable-helm: charts are not rendered here"
        )


def _transform(layer: Layer, inclusion: Inclusion, into: Accumulator) -> None:
    steps = steps_of(layer.kustomization, into.configuration, layer.directory, layer.context)
    plugins = _transformers(layer, inclusion, layer.kustomization.transformers)
    for step in steps:
        _run(into.resources, step.transform, layer.configured(step.kind))
    for origin, transform in plugins:
        _run(into.resources, transform, origin)


def _run(resources: Resources, transform: Transformer, origin: Origin | None) -> None:
    transform(resources)
    if origin is not None:
        _mark(resources, origin)
    resources.drop_empty()


def _mark(resources: Resources, origin: Origin) -> None:
    """Note that a transformer went over all objects; what has no origin, it made."""
    for resource in resources:
        if resource.origin is None:
            resource.origin = origin
        else:
            resource.transformations += (origin,)


def _transformers(
    layer: Layer, inclusion: Inclusion, entries: tuple[str, ...]
) -> list[tuple[Origin | None, Transformer]]:
    makers = Plugins(layer.directory, layer.context)
    return [
        (_configured_by(plugin), makers.transformer(plugin))
        for plugin in inclusion.plugins(entries, "configuring external transformer")
    ]


def _configured_by(plugin: Resource) -> Origin | None:
    """The origin of what a plugin makes or changes."""
    if plugin.origin is None:
        return None
    kind, name, namespace = plugin.id
    return Origin("", plugin.origin.path, kind.api_version, kind.kind, name, namespace)


def _validate(layer: Layer, inclusion: Inclusion, resources: Resources) -> None:
    for _, transform in _transformers(layer, inclusion, layer.kustomization.validators):
        before = [(each.key, each.copy().manifest) for each in resources]
        transform(resources)
        if before != [(each.key, each.manifest) for each in resources]:
            raise BuildError("validator shouldn't modify the resource map")
