"""A directory with its kustomization: one layer of a build."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kustomize.context import Context
from kustomize.directory import Directory
from kustomize.kustomization import Kustomization
from kustomize.kustomization_file import kustomization_of
from kustomize.openapi import learn
from kustomize.origin import Origin
from kustomize.problem import BuildError


@dataclass(frozen=True, slots=True)
class Layer:
    """A directory with its kustomization. `origin` is where it is, seen from the top; None where
    nobody wants to know. `namespace`: what those that led here last said, for charts."""

    directory: Directory
    kustomization: Kustomization
    file: str
    context: Context
    origin: Origin | None = None
    namespace: str = ""

    @classmethod
    def load(cls, directory: Directory, context: Context) -> Layer:
        """The kustomization of a directory. Raises BuildError."""
        context.enter()
        kustomization, file, second = kustomization_of(directory)
        if second:
            message = "only the first document of a kustomization file counts"
            context.warnings.add_at(message, directory.told(file), second)
        learn(kustomization.openapi, directory, context, top=directory.referrer is None)
        return cls(directory, kustomization, file, context)

    @property
    def where(self) -> str:
        """The directory, for messages."""
        return self.directory.where

    def other(self, directory: Directory, path: str) -> Layer:
        """The layer of a directory that `path` leads to from here. Raises BuildError."""
        try:
            layer = Layer.load(directory, self.context)
        except BuildError as error:
            raise error.under(f"couldn't make target for path '{directory.where}'") from error
        return replace(layer, origin=self.below(path), namespace=self.chart_namespace)

    @property
    def chart_namespace(self) -> str:
        """The namespace of charts that do not name one."""
        return self.kustomization.namespace or self.namespace

    def below(self, path: str) -> Origin | None:
        """The origin of what a path leads to, where anybody wants to know."""
        return self.origin.below(path) if self.origin else None

    def configured(self, kind: str) -> Origin | None:
        """The origin of what a field of this kustomization makes or changes."""
        return self.origin.configured(self.file, kind) if self.origin else None
