"""One transformer that works, or has worked, on the objects of a build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kustomize.origin import Origin
from kustomize.resources import Resources, Transformer

PLUGIN = ""
"""The kind of what a user has configured in a file of its own."""
_LOOKS_AROUND = frozenset((PLUGIN, "ReplacementTransformer"))
"""What may put into one object what another one says."""


@dataclass(frozen=True, slots=True)
class Run:
    """A transformer of a kind; `origin` is noted on the objects where anybody wants to know."""

    kind: str
    transform: Transformer
    origin: Origin | None

    @property
    def looks_around(self) -> bool:
        """Whether what becomes of an object may depend on the contents of others."""
        return self.kind in _LOOKS_AROUND

    def over(self, resources: Resources) -> None:
        """Let it work. Raises BuildError."""
        self.transform(resources)
        if self.origin is not None:
            _mark(resources, self.origin)


@dataclass(frozen=True, slots=True)
class Course:
    """The runs of one directory, one after the other."""

    runs: tuple[Run, ...]
    looks_around: bool

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Course:
        """The course of some runs."""
        given = tuple(runs)
        return cls(given, any(run.looks_around for run in given))

    def over(self, resources: Resources) -> None:
        """Let all work. Raises BuildError."""
        for run in self.runs:
            run.over(resources)


def _mark(resources: Resources, origin: Origin) -> None:
    """Note that a transformer went over all objects; what has no origin, it made."""
    for resource in resources:
        if resource.origin is None:
            resource.origin = origin
        else:
            resource.transformations += (origin,)
