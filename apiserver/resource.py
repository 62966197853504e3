"""A served resource: one kind in one version, with all that requests for it depend on."""

from __future__ import annotations

from dataclasses import dataclass, field

from apiserver.schema import ANYTHING, Schema
from apiserver.value import Object

EVERY_VERB = (
    "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
)  # fmt: skip


UNTYPED = Schema(ANYTHING)
"""The type of a kind of which nothing is known."""


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where the scale subresource finds its numbers, as dotted paths from the object's root."""

    spec: str = ".spec.replicas"
    status: str = ".status.replicas"
    selector: str = ".spec.selector"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `path` is the JSONPath of a custom resource's printer column."""

    name: str
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """The words for a kind besides its plural."""

    singular: str
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    list_kind: str = ""


@dataclass(frozen=True, slots=True)
class Traits:
    """What differs between resources in how they are served."""

    status: bool = False
    scale: ScalePaths | None = None
    verbs: tuple[str, ...] = EVERY_VERB
    counts_generations: bool = False
    create_on_update: bool = False
    unconditional_update: bool = True
    returns_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind in one version. `definition` is the version's part of a CRD; None for built-ins.
    `deprecation` is the warning for who still uses it; empty where it is not on its way out."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    naming: Naming
    traits: Traits = Traits()
    columns: tuple[Column, ...] = ()
    selectable: tuple[str, ...] = ()
    definition: Object | None = field(default=None, compare=False, repr=False)
    schema: Schema = field(default=UNTYPED, compare=False, repr=False)
    deprecation: str = ""

    @property
    def api_version(self) -> str:
        """`apps/v1`; `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`; `pods` for the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """`Deployment.apps`; `Pod` for the core group."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def list_kind(self) -> str:
        """The kind of a list of these."""
        return self.naming.list_kind or f"{self.kind}List"

    @property
    def is_custom(self) -> bool:
        """Whether a CustomResourceDefinition defines it."""
        return self.definition is not None

    @property
    def shelf(self) -> tuple[str, str]:
        """Where its objects are kept: versions of one kind share it, and so do both Event kinds."""
        group = "" if self.group == "events.k8s.io" else self.group
        return group, self.plural
