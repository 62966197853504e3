"""Where an action acts, for whom, and what it has recorded so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from helm_controller.release_record import Record
from helm_controller.release_store import ReleaseStore
from helm_controller.target import Target
from helm_controller.waiting import Waiter
from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref
from shared.reconcile.clock import Clock
from shared.reconcile.key import Key

AT_ONCE = 8
"""Requests at once while the objects of a release are written."""

GROUP = "helm.toolkit.fluxcd.io"


@dataclass(slots=True)
class Ledger:
    """The records of a release, and which of them were written meanwhile: what an action left
    behind, however it ended."""

    store: ReleaseStore
    written: dict[int, Record] = field(default_factory=dict)

    async def create(self, record: Record, before: Sequence[Record]) -> None:
        """Record a new revision. Raises as `ReleaseStore.create`."""
        await self.store.create(record, before)
        self.written[record.revision] = record

    async def update(self, record: Record) -> None:
        """Record what has become of a revision. Raises as `ReleaseStore.update`."""
        await self.store.update(record)
        self.written[record.revision] = record


@dataclass(frozen=True, slots=True)
class Workplace:
    """A release in a cluster, as one HelmRelease may act on it. `client`: with its rights;
    `manager`: the field manager of what is written; `touch`: told of each object that is about to
    be written or deleted, so that what a watch shows of it is known to be our own doing; `wrote`:
    told what was wanted of an object of the release, and how it is then; `outline`: the metadata of
    an object as a watch has shown it last, where one has."""

    client: Client
    waiter: Waiter
    ledger: Ledger
    clock: Clock
    target: Target
    owner: Key
    manager: str
    touch: Callable[[Ref], None] = lambda _: None
    wrote: Callable[[Manifest, Manifest], None] = lambda _wanted, _answer: None
    outline: Callable[[Ref], Manifest | None] = lambda _: None

    @property
    def origin(self) -> dict[str, str]:
        """The labels that name the HelmRelease."""
        return {f"{GROUP}/name": self.owner.name, f"{GROUP}/namespace": self.owner.namespace}
