"""The history of a Kustomization: the last five builds, and what came of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.api.inventory import Snapshot
from shared.api.kustomization import KustomizationStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.clock import Clock, since
from shared.reconcile.failure import Failure

MOST = 5

History = tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One way of a build through the cluster: what it was, how it ended, when and how long."""

    digest: str
    status: str
    ended: datetime
    took: timedelta
    metadata: Mapping[str, str]


def with_passage(history: History, passage: Passage) -> History:
    """The history with one more passage, in front. The same build with the same ending is one
    entry that counts, as in Flux (flux.md 1.1)."""
    key = (passage.digest, passage.status)
    old = next((one for one in history if _key(one) == key), None)
    new = Snapshot(
        digest=passage.digest,
        first_reconciled=old.first_reconciled if old else passage.ended,
        last_reconciled=passage.ended,
        last_reconciled_duration=passage.took,
        last_reconciled_status=passage.status,
        metadata=dict(passage.metadata),
        total_reconciliations=old.total_reconciliations + 1 if old else 1,
    )
    return (new, *(one for one in history if _key(one) != key))[:MOST]


@asynccontextmanager
async def kept(
    attempt: Attempt[KustomizationStatus], digest: str, clock: Clock
) -> AsyncIterator[None]:
    """Write what happens inside into the history, however it ends."""
    started = clock.monotonic()

    def write(status: str) -> None:
        took = since(started, clock)
        passage = Passage(digest, status, clock.now(), took, attempt.about)
        history = with_passage(attempt.status.history, passage)
        attempt.record(KustomizationStatus(history=history))

    try:
        yield
    except Failure as failure:
        write(failure.reason)
        raise
    write("ReconciliationSucceeded")


def _key(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.digest, snapshot.last_reconciled_status
