"""The order of work in one directory, and from directory to directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kustomize.absorption import absorb
from kustomize.accumulator import Accumulator
from kustomize.charts import GENERATOR, ChartGlobals, Inflation
from kustomize.configuration import configuration_of
from kustomize.crds import configuration_of_crds
from kustomize.generators import config_map, secret, with_global
from kustomize.inclusion import Inclusion
from kustomize.layer import Layer
from kustomize.origin import Origin
from kustomize.plugins import Plugins
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.run import PLUGIN, Course, Run
from kustomize.steps import steps_of
from kustomize.variables import add_variables
from kustomize.warning import Spot


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
    _validate(layer, inclusion, into)
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
            made = makers.generated(plugin)
        except BuildError as error:
            raise error.under(f"{doing}: failed to load generator") from error
        for resource in made:
            resource.origin = _configured_by(plugin)
        absorb(resources, made)


def _generated(layer: Layer) -> Iterator[Resource]:
    """The objects of the fields that generate some."""
    given, directory, scope = layer.kustomization, layer.directory, layer.context.scope
    _warn_of_behaviors(layer)
    for entry in given.config_map_generator:
        resource = config_map(with_global(entry, given.generator_options), directory, scope)
        resource.origin = layer.configured("ConfigMapGenerator")
        yield resource
    for entry in given.secret_generator:
        resource = secret(with_global(entry, given.generator_options), directory, scope)
        resource.origin = layer.configured("SecretGenerator")
        yield resource
    yield from _of_charts(layer)


def _warn_of_behaviors(layer: Layer) -> None:
    given = layer.kustomization
    for entry in (*given.config_map_generator, *given.secret_generator):
        if entry.behavior not in ("", "create", "replace", "merge", "unspecified"):
            message = f"the behavior '{entry.behavior}' of {entry.name} is taken for none at all"
            layer.context.warnings.add(message, Spot(layer.directory), entry.name, entry.behavior)


def _of_charts(layer: Layer) -> Iterator[Resource]:
    given = layer.kustomization
    inflation = Inflation(layer.context.options.charts, layer.directory, layer.context.scope)
    for chart in given.helm_charts:
        placed = replace(chart, namespace=chart.namespace or layer.chart_namespace)
        try:
            found = inflation.resources(placed, given.helm_globals or ChartGlobals())
        except BuildError as error:
            raise error.under(f"trouble configuring builtin {GENERATOR}") from error
        for resource in found:
            resource.origin = layer.configured(GENERATOR)
            yield resource


def _transform(layer: Layer, inclusion: Inclusion, into: Accumulator) -> None:
    steps = steps_of(layer.kustomization, into.configuration, layer.directory, layer.context)
    runs = [Run(step.kind, step.transform, layer.configured(step.kind)) for step in steps]
    runs += _transformers(layer, inclusion, layer.kustomization.transformers)
    course = Course.of(runs)
    course.over(into.resources)
    into.note(course)


def _transformers(layer: Layer, inclusion: Inclusion, entries: tuple[str, ...]) -> list[Run]:
    makers = Plugins(layer.directory, layer.context)
    return [
        Run(PLUGIN, makers.transformer(plugin), _configured_by(plugin))
        for plugin in inclusion.plugins(entries, "configuring external transformer")
    ]


def _configured_by(plugin: Resource) -> Origin | None:
    """The origin of what a plugin makes or changes."""
    if plugin.origin is None:
        return None
    kind, name, namespace = plugin.id
    made, by = plugin.origin, (kind.api_version, kind.kind, name, namespace)
    return Origin("", made.repo, made.ref, made.path, *by)


def _validate(layer: Layer, inclusion: Inclusion, into: Accumulator) -> None:
    runs = _transformers(layer, inclusion, layer.kustomization.validators)
    for run in runs:
        before = [(each.key, each.copy().manifest) for each in into.resources]
        run.transform(into.resources)
        if before != [(each.key, each.manifest) for each in into.resources]:
            raise BuildError("validator shouldn't modify the resource map")
    into.note(Course.of(runs))
