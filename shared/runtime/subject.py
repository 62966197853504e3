"""What the worker has to know of a kind, and what a kind's story has to offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.manifest.identity import Kind, Manifest
from shared.reconcile.attempt import Attempt
from shared.reconcile.settlement import Ready

REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"
FINALIZER = "finalizers.fluxcd.io"


class Spec(Protocol):
    """What every reconciled spec has."""

    @property
    def suspend(self) -> bool:
        """Whether reconciliation is switched off."""

    @property
    def interval(self) -> timedelta:
        """The pace of reconciliation while all is well."""


class Status(Protocol):
    """What every reconciled status has."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What was last said about the object."""

    @property
    def observed_generation(self) -> int:
        """The generation that was last brought to an end; -1 before the first."""

    @property
    def last_handled_reconcile_at(self) -> str | None:
        """The last request that was acted on."""


class Reconciled(Protocol):
    """A custom resource that a controller reconciles."""

    @property
    def metadata(self) -> ObjectMeta:
        """Name, generation, annotations, finalizers."""

    @property
    def spec(self) -> Spec:
        """What is wanted."""


Resource = TypeVar("Resource", bound=Reconciled)
Learned = TypeVar("Learned", bound=ApiModel)
Story = TypeVar("Story", contravariant=True)


class Reconciler(Protocol[Story, Learned]):
    """The story of a kind."""

    async def reconcile(self, obj: Story, attempt: Attempt[Learned]) -> Ready:
        """Bring the object to its spec. Raises Failure where it falls short."""

    async def finalize(self, obj: Story, attempt: Attempt[Learned]) -> None:
        """Clean up after an object that is being deleted. Raises Failure to be called again."""


@dataclass(frozen=True, slots=True)
class Subject(Generic[Resource, Learned]):
    """A kind, as the worker sees it.

    `owned`: the condition types that this controller sets, beside Ready, Reconciling and Stalled;
    all others are left alone.
    `limit`: the longest that one attempt may take. `retry`: the fixed delay after a failure, or
    None for exponential back-off. `manager`: the field manager of status writes. `finalizer`: what
    keeps an object until it was cleaned up after. `is_static`: whether an object is but an address
    for others: it is never reconciled, has no finalizer, and its status is empty.
    """

    kind: Kind
    parse: Callable[[Manifest], Resource]
    status_of: Callable[[Resource], Learned]
    reconciler: Reconciler[Resource, Learned]
    owned: frozenset[str]
    manager: str
    limit: Callable[[Resource], timedelta]
    retry: Callable[[Resource], timedelta | None]
    finalizer: str = FINALIZER
    is_static: Callable[[Resource], bool] = lambda _: False
