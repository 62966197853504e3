"""What a kind is called, and what `kubectl get` shows of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`: its heading, where its value is found, and how to show it."""

    name: str
    path: str
    type: str = "string"


READY = Column("Ready", '.status.conditions[?(@.type=="Ready")].status')
STATUS = Column("Status", '.status.conditions[?(@.type=="Ready")].message')
AGE = Column("Age", ".metadata.creationTimestamp", "date")


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of a kind in the Kubernetes API."""

    group: str
    version: str
    kind: str
    plural: str
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()

    @property
    def api_version(self) -> str:
        """Such as `source.toolkit.fluxcd.io/v1`."""
        return f"{self.group}/{self.version}"

    @property
    def definition(self) -> str:
        """The name of the CustomResourceDefinition: `gitrepositories.source.toolkit.fluxcd.io`."""
        return f"{self.plural}.{self.group}"
