"""What a kustomization names by paths: files of objects, other directories, components."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kustomize.accumulator import Accumulator
from kustomize.directory import Directory
from kustomize.layer import Layer
from kustomize.load import Load
from kustomize.manifest_file import resources_of
from kustomize.problem import BuildError
from kustomize.remote import is_url, repository_of
from kustomize.resources import Resources

Accumulate = Callable[[Layer, Accumulator], Accumulator]
"""Works through a layer and adds what it makes."""


class Inclusion:
    """Includes for one layer; `accumulate` works through the layers that are included."""

    __slots__ = ("_accumulate", "_layer")

    def __init__(self, layer: Layer, accumulate: Accumulate) -> None:
        self._layer = layer
        self._accumulate = accumulate

    def resources(self, into: Accumulator, paths: Iterable[str], doing: str) -> None:
        """Each path is a file; if it cannot be one, a directory. What went wrong is told of both,
        `doing` before it. Raises BuildError."""
        for path in paths:
            try:
                self._resource(into, path)
            except BuildError as error:
                raise error.under(doing) from error

    def _resource(self, into: Accumulator, path: str) -> None:
        try:
            self._file(into, path)
        except BuildError as error:
            if is_url(path) and repository_of(path) is None:
                raise
            self._directory(into, path, error)

    def _file(self, into: Accumulator, path: str) -> None:
        layer = self._layer
        try:
            load = self._load(path)
        except BuildError as error:
            raise error.under(f"accumulating resources from '{path}'") from error
        layer.context.has_read = layer.context.has_read or bool(load.resources)
        try:
            into.add(load)
        except BuildError as error:
            raise error.under(f"merging resources from '{path}'") from error

    def _load(self, path: str) -> Load:
        layer = self._layer
        text = layer.directory.load(path)
        place = layer.directory.told(path)
        return Load.of(text, place, path, layer.context.scope, layer.below(path))

    def _directory(self, into: Accumulator, path: str, as_file: BuildError) -> None:
        try:
            directory = self._layer.directory.enter(path)
        except BuildError as error:
            if "MalformedYAMLError" in as_file.message:
                raise as_file from error
            raise _both(as_file, error) from error
        try:
            into.take_in(self._accumulated(directory, path))
        except BuildError as error:
            raise _both(as_file, error) from error

    def _accumulated(self, directory: Directory, path: str) -> Accumulator:
        layer = self._layer.other(directory, path)
        if layer.kustomization.kind == "Component":
            raise BuildError(f"expected kind != 'Component' for path '{layer.where}'")
        return self._recursed(layer, Accumulator())

    def _recursed(self, layer: Layer, into: Accumulator) -> Accumulator:
        try:
            return self._accumulate(layer, into)
        except BuildError as error:
            raise error.under(f"recursed accumulation of path '{layer.where}'") from error

    def components(self, into: Accumulator, paths: Iterable[str]) -> None:
        """Each path is a directory with a Component, which works on all that is there so far.
        Raises BuildError."""
        for path in paths:
            try:
                self._component(into, path)
            except BuildError as error:
                raise error.under("accumulating components") from error

    def _component(self, into: Accumulator, path: str) -> None:
        layer = self._layer.other(self._layer.directory.enter(path), path)
        kind = layer.kustomization.kind
        if kind != "Component":
            raise BuildError(f"expected kind 'Component' for path '{layer.where}' but got '{kind}'")
        self._recursed(layer, into)

    def plugins(self, entries: Iterable[str], doing: str) -> Resources:
        """The objects of `generators`, `transformers` or `validators`: each entry is the text of
        some, or the path of a file or directory. Raises BuildError."""
        found = Accumulator()
        paths: list[str] = []
        for entry in entries:
            try:
                inline = resources_of(entry.encode(), "", self._layer.context.scope)
            except BuildError:
                paths.append(entry)
                continue
            try:
                for plugin in inline:
                    plugin.origin = self._layer.below(self._layer.file)
                    found.resources.append(plugin)
            except BuildError as error:
                raise error.under(doing) from error
        self.resources(found, paths, doing)
        return found.resources


def _both(as_file: BuildError, as_directory: BuildError) -> BuildError:
    known = as_directory if as_directory.line or not as_file.line else as_file
    return BuildError(
        f"accumulation err='{as_file.message}': {as_directory.message}",
        path=known.path,
        line=known.line,
    )
