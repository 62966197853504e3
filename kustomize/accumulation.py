"""The order of work in one directory, and from directory to directory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kustomize.absorption import absorb
from kustomize.accumulator import Accumulator
from kustomize.configuration import configuration_of
from kustomize.context import Context
from kustomize.crds import configuration_of_crds
from kustomize.directory import Directory
from kustomize.generators import config_map, secret, with_global
from kustomize.kustomization import GeneratorArguments, Kustomization
from kustomize.kustomization_file import kustomization_of
from kustomize.manifest_file import resources_of
from kustomize.openapi import learn
from kustomize.origin import Origin
from kustomize.plugins import Plugins
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.steps import Step, steps_of
from kustomize.variables import add_variables


@dataclass(frozen=True, slots=True)
class Layer:
    """A directory with its kustomization. `origin` is where it is, seen from the top; None where
    nobody wants to know."""

    directory: Directory
    kustomization: Kustomization
    file: str
    context: Context
    origin: Origin | None = None

    @classmethod
    def load(cls, directory: Directory, context: Context) -> Layer:
        """The kustomization of a directory. Raises BuildError."""
        context.enter()
        kustomization, file = kustomization_of(directory)
        learn(kustomization.openapi, directory, context, top=directory.referrer is None)
        return cls(directory, kustomization, file, context)

    def accumulated(self, into: Accumulator) -> Accumulator:
        """All that this directory makes, added to `into`: an empty accumulator, or for a component
        the one of whoever uses it. Raises BuildError."""
        given = self.kustomization
        self._add_resources(into, given.resources, "accumulating resources")
        into.configuration = into.configuration.merged(
            configuration_of(self.directory, given.configurations)
        ).merged(configuration_of_crds(self.directory, given.crds))
        self._generate(into)
        for path in given.components:
            self._add_component(into, path)
        self._transform(into)
        self._validate(into)
        add_variables(into, given.vars)
        return into

    def _add_resources(self, into: Accumulator, paths: tuple[str, ...], what: str) -> None:
        for path in paths:
            try:
                self._add_resource(into, path)
            except BuildError as error:
                raise error.under(what) from error

    def _add_resource(self, into: Accumulator, path: str) -> None:
        """A path is a file; if it cannot be one, a directory. What went wrong is told of both."""
        try:
            self._add_file(into, path)
        except BuildError as error:
            self._add_directory(into, path, error)

    def _add_directory(self, into: Accumulator, path: str, as_file: BuildError) -> None:
        try:
            directory = self.directory.enter(path)
        except BuildError as error:
            if "MalformedYAMLError" in as_file.message:
                raise as_file from error
            raise _both(as_file, error) from error
        try:
            into.take_in(self._below(directory, path))
        except BuildError as error:
            raise _both(as_file, error) from error

    def _add_file(self, into: Accumulator, path: str) -> None:
        try:
            found = resources_of(self.directory.load(path), path, self.context.scope)
        except BuildError as error:
            raise error.under(f"accumulating resources from '{path}'") from error
        try:
            _each_once(found)
        except BuildError as error:
            raise error.under(f"accumulating resources from '{path}'") from error
        self.context.has_read = self.context.has_read or bool(found)
        origin = self.origin.below(path) if self.origin else None
        try:
            for resource in found:
                resource.origin = origin
                into.resources.append(resource)
        except BuildError as error:
            raise error.under(f"merging resources from '{path}'") from error

    def _below(self, directory: Directory, path: str) -> Accumulator:
        layer = self._layer(directory, path)
        where = directory.path or "."
        if layer.kustomization.kind == "Component":
            raise BuildError(f"expected kind != 'Component' for path '{where}'")
        try:
            return layer.accumulated(Accumulator())
        except BuildError as error:
            raise error.under(f"recursed accumulation of path '{where}'") from error

    def _layer(self, directory: Directory, path: str) -> Layer:
        try:
            layer = Layer.load(directory, self.context)
        except BuildError as error:
            where = directory.path or "."
            raise error.under(f"couldn't make target for path '{where}'") from error
        return replace(layer, origin=self.origin.below(path) if self.origin else None)

    def _add_component(self, into: Accumulator, path: str) -> None:
        try:
            directory = self.directory.enter(path)
            layer = self._layer(directory, path)
            where = directory.path or "."
            kind = layer.kustomization.kind
            if kind != "Component":
                raise BuildError(f"expected kind 'Component' for path '{where}' but got '{kind}'")
            try:
                layer.accumulated(into)
            except BuildError as error:
                raise error.under(f"recursed accumulation of path '{where}'") from error
        except BuildError as error:
            raise error.under("accumulating components") from error

    def _generate(self, into: Accumulator) -> None:
        given = self.kustomization
        made = [
            (
                "ConfigMapGenerator",
                config_map(self._entry(each), self.directory, self.context.scope),
            )
            for each in given.config_map_generator
        ]
        made += [
            ("SecretGenerator", secret(self._entry(each), self.directory, self.context.scope))
            for each in given.secret_generator
        ]
        if given.helm_charts:
            raise BuildError(
                "trouble configuring builtin HelmChartInflationGenerator: must specify "
                "--enable-helm: charts are not rendered here"
            )
        for kind, resource in made:
            resource.origin = self.origin.configured(self.file, kind) if self.origin else None
            absorb(into.resources, (resource,))
        try:
            plugins = self._plugins(given.generators, "configuring external generator")
        except BuildError as error:
            raise error.under("loading generator plugins") from error
        makers = Plugins(self.directory, self.context)
        for plugin in plugins:
            try:
                resource = makers.generated(plugin)
            except BuildError as error:
                raise error.under("loading generator plugins: failed to load generator") from error
            resource.origin = _configured_by(plugin)
            absorb(into.resources, (resource,))

    def _entry(self, arguments: GeneratorArguments) -> GeneratorArguments:
        return with_global(arguments, self.kustomization.generator_options)

    def _plugins(self, entries: tuple[str, ...], what: str) -> Resources:
        """The objects of `generators`, `transformers` or `validators`: each entry is the text of
        some, or the path of a file or directory."""
        found = Accumulator()
        paths: list[str] = []
        for entry in entries:
            try:
                inline = resources_of(entry.encode(), "", self.context.scope)
            except BuildError:
                paths.append(entry)
                continue
            for plugin in inline:
                plugin.origin = self.origin.below(self.file) if self.origin else None
            try:
                found.resources.extend(inline)
            except BuildError as error:
                raise error.under(what) from error
        self._add_resources(found, tuple(paths), what)
        return found.resources

    def _transform(self, into: Accumulator) -> None:
        steps = steps_of(self.kustomization, into.configuration, self.directory, self.context)
        plugins = self._transformers(self.kustomization.transformers)
        for step in steps:
            self._run(into.resources, step)
        for origin, transform in plugins:
            transform(into.resources)
            _mark(into.resources, origin)
            into.resources.drop_empty()

    def _transformers(self, entries: tuple[str, ...]) -> list[tuple[Origin | None, Transformer]]:
        makers = Plugins(self.directory, self.context)
        return [
            (_configured_by(plugin), makers.transformer(plugin))
            for plugin in self._plugins(entries, "configuring external transformer")
        ]

    def _run(self, resources: Resources, step: Step) -> None:
        step.transform(resources)
        if self.origin is not None:
            _mark(resources, self.origin.configured(self.file, step.kind))
        resources.drop_empty()

    def _validate(self, into: Accumulator) -> None:
        for _, transform in self._transformers(self.kustomization.validators):
            before = [(each.key, each.copy().manifest) for each in into.resources]
            transform(into.resources)
            if before != [(each.key, each.manifest) for each in into.resources]:
                raise BuildError("validator shouldn't modify the resource map")


def _configured_by(plugin: Resource) -> Origin | None:
    """The origin of what a plugin makes or changes."""
    if plugin.origin is None:
        return None
    kind, name, namespace = plugin.id
    return Origin("", plugin.origin.path, kind.api_version, kind.kind, name, namespace)


def _each_once(resources: list[Resource]) -> None:
    Resources(resources)


def _both(as_file: BuildError, as_directory: BuildError) -> BuildError:
    known = as_directory if as_directory.line or not as_file.line else as_file
    return BuildError(
        f"accumulation err='{as_file.message}': {as_directory.message}",
        path=known.path,
        line=known.line,
    )


def _mark(resources: Resources, origin: Origin | None) -> None:
    """Note that a transformer went over all objects; what has no origin, it made."""
    if origin is None:
        return
    for resource in resources:
        if resource.origin is None:
            resource.origin = origin
        else:
            resource.transformations += (origin,)
