"""The state of one cluster: what is stored, what is served, what time it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from apiserver.clock import Clock, SystemClock, stamp
from apiserver.family import Family
from apiserver.fate import READY, Fate
from apiserver.refusal import not_found
from apiserver.registry import Registry
from apiserver.resource import Resource
from apiserver.storage import Record, Storage


@dataclass(slots=True)
class Cluster:
    """What every request and every simulated controller works on. `authority` is the certificate
    (PEM) of who vouches for the server, `fate` that of objects that ask for none."""

    storage: Storage = field(default_factory=Storage)
    registry: Registry = field(default_factory=Registry)
    clock: Clock = field(default_factory=SystemClock)
    authority: str = ""
    fate: Fate = READY
    family: Family = field(init=False)

    def __post_init__(self) -> None:
        self.family = Family(self.storage)

    def find(self, resource: Resource, namespace: str, name: str) -> Record | None:
        """An object, or None."""
        return self.storage.find(resource.shelf, namespace, name)

    def get(self, resource: Resource, namespace: str, name: str) -> Record:
        """An object. Raises a 404."""
        record = self.find(resource, namespace, name)
        if record is None:
            raise not_found(resource, name)
        return record

    def kind(self, group: str, kind: str) -> Resource:
        """A built-in kind. Raises LookupError where it is not served."""
        resource = self.registry.of_kind(group, kind)
        if resource is None:
            raise LookupError(f"{group}/{kind} is not served")
        return resource

    def stamp(self) -> str:
        """The time, as in `creationTimestamp`."""
        return stamp(self.clock.now())

    def new_uid(self) -> str:
        """A uid for a new object."""
        return str(uuid4())
