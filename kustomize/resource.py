"""A Kubernetes object on its way through a build, with all it was called before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from kustomize.identity import Gvk, Id, Key, gvk
from kustomize.origin import Origin
from kustomize.scalar import copied, is_empty, text_of
from kustomize.scope import Scope
from kustomize.shared_entry import SharedEntry
from shared.manifest.identity import Manifest


@dataclass(slots=True, eq=False)
class Resource:
    """One object. `previous` are its former ids, oldest first, with effective namespaces;
    `prefixes` and `suffixes` what was put around its name; `hashed` whether a hash will be;
    `shared` what is the same in several places of the object."""

    manifest: Manifest
    scope: Scope
    previous: tuple[Id, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    hashed: bool = False
    behavior: str = ""
    variables: tuple[str, ...] = ()
    origin: Origin | None = None
    transformations: tuple[Origin, ...] = ()
    shared: tuple[SharedEntry, ...] = ()

    @property
    def gvk(self) -> Gvk:
        """Group, version and kind as they are now."""
        manifest = self.manifest
        return gvk(text_of(manifest.get("apiVersion", "")), text_of(manifest.get("kind", "")))

    @property
    def metadata(self) -> Manifest:
        """The metadata; an empty mapping (not part of the object) where there is none."""
        found = self.manifest.get("metadata")
        return cast("Manifest", found) if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """The name as it is now."""
        return self._field("name")

    @property
    def namespace(self) -> str:
        """The namespace as it is written now, maybe empty."""
        return self._field("namespace")

    def _field(self, name: str) -> str:
        value = self.metadata.get(name, "")
        return value if type(value) is str else "" if is_empty(value) else text_of(value)

    @property
    def id(self) -> Id:
        """What the object is called now."""
        return Id(self.gvk, self.name, self.namespace)

    @property
    def key(self) -> Key:
        """What makes the object one of a kind now."""
        kind = self.gvk
        return (*kind, self.name, self.scope.effective(kind, self.namespace))

    @property
    def original(self) -> Id:
        """What the object was called when it was read."""
        return self.former()[0] if self.previous else self.id

    @property
    def original_namespace(self) -> str:
        """The effective namespace when it was read."""
        if self.previous:
            return self.previous[0].namespace
        return self.effective_namespace

    @property
    def effective_namespace(self) -> str:
        """The namespace that counts: `default` for none, CLUSTER for cluster-scoped objects."""
        return self.scope.effective(self.gvk, self.namespace)

    def former(self) -> tuple[Id, ...]:
        """Previous ids, oldest first. Group and version are those of today: only names, kinds and
        namespaces have a history."""
        group, version, _ = self.gvk
        return tuple(
            Id(Gvk(group, version, old.gvk.kind), old.name, old.namespace) for old in self.previous
        )

    def former_keys(self) -> list[Key]:
        """The keys of `former`; their namespaces are effective ones already."""
        return [(*old.gvk, old.name, old.namespace or "default") for old in self.former()]

    def remember(self) -> None:
        """Note the id of now as a previous one."""
        kind = self.gvk
        namespace = self.scope.effective(kind, self.namespace)
        self.previous = (*self.previous, Id(kind, self.name, namespace))

    def copy(self) -> Resource:
        """A copy that shares nothing that can change."""
        return Resource(
            cast("Manifest", copied(self.manifest)), self.scope, self.previous, self.prefixes,
            self.suffixes, self.hashed, self.behavior, self.variables, self.origin,
            self.transformations,
        )  # fmt: skip
