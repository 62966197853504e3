"""A Lease of coordination.k8s.io/v1, as leaders are elected by: who holds it, and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref, metadata, section, text

MANAGER = "penstock"


@dataclass(frozen=True, slots=True)
class Tenure:
    """What a Lease says. `holder`: empty where nobody holds it; `seconds`: how long others wait
    after its last change before they take it; `transitions`: how often the holder has changed."""

    holder: str
    seconds: int
    acquired: str = ""
    renewed: str = ""
    transitions: int = 0

    @classmethod
    def first(cls, holder: str, seconds: int, now: datetime) -> Tenure:
        """The tenure that a Lease is made with."""
        return cls(holder, seconds, to_micro_time(now), to_micro_time(now))

    def renewed_by(self, holder: str, seconds: int, now: datetime) -> Tenure:
        """The tenure that follows: the same holder's goes on, another's begins."""
        stamp = to_micro_time(now)
        if holder == self.holder:
            return replace(self, seconds=seconds, renewed=stamp)
        return Tenure(holder, seconds, stamp, stamp, self.transitions + 1)

    def given_up(self, now: datetime) -> Tenure:
        """The tenure of nobody, for others to take at once."""
        stamp = to_micro_time(now)
        return Tenure("", 1, stamp, stamp, self.transitions)


@dataclass(frozen=True, slots=True)
class Seen:
    """A tenure, and the version of the object that holds it."""

    tenure: Tenure
    version: str


class Lock(Protocol):
    """Where a tenure is kept: a Lease, or a fake of one. Its methods raise ClusterError."""

    async def read(self) -> Seen:
        """The tenure as it is. Raises NotFound."""

    async def create(self, tenure: Tenure) -> Seen:
        """Begin the first tenure. Raises Conflict where somebody else did."""

    async def update(self, tenure: Tenure, version: str) -> Seen:
        """Put a tenure in the place of the one of that version. Raises Conflict where it is another
        one by now, and NotFound."""


class Lease:
    """A tenure in a Lease object. Its requests go ahead of all others and are tried once."""

    def __init__(self, client: Client, namespace: str, name: str) -> None:
        self._client = client.hurried()
        self._ref = Ref("coordination.k8s.io", "Lease", namespace, name, "v1")

    def __str__(self) -> str:
        return str(self._ref)

    async def read(self) -> Seen:
        """The tenure as it is. Raises ClusterError; NotFound where there is no Lease."""
        return _seen(await self._client.get(self._ref))

    async def create(self, tenure: Tenure) -> Seen:
        """Make the Lease. Raises ClusterError; Conflict where it exists."""
        lease: Manifest = {
            "apiVersion": self._ref.gvk.api_version,
            "kind": "Lease",
            "metadata": {"name": self._ref.name, "namespace": self._ref.namespace},
            "spec": _spec(tenure),
        }
        return _seen(await self._client.create(lease, manager=MANAGER))

    async def update(self, tenure: Tenure, version: str) -> Seen:
        """Write the tenure, if the Lease is still of that version. Raises ClusterError."""
        patch = {"metadata": {"resourceVersion": version}, "spec": _spec(tenure)}
        return _seen(await self._client.patch(self._ref, patch, manager=MANAGER))


def _spec(tenure: Tenure) -> Manifest:
    return {
        "holderIdentity": tenure.holder,
        "leaseDurationSeconds": tenure.seconds,
        "acquireTime": tenure.acquired,
        "renewTime": tenure.renewed,
        "leaseTransitions": tenure.transitions,
    }


def _seen(lease: Manifest) -> Seen:
    spec = section(lease, "spec")
    tenure = Tenure(
        text(spec, "holderIdentity"),
        _number(spec, "leaseDurationSeconds"),
        text(spec, "acquireTime"),
        text(spec, "renewTime"),
        _number(spec, "leaseTransitions"),
    )
    return Seen(tenure, text(metadata(lease), "resourceVersion"))


def _number(spec: Manifest, key: str) -> int:
    found = spec.get(key)
    return found if isinstance(found, int) else 0


def to_micro_time(moment: datetime) -> str:
    """As metav1.MicroTime is written."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
