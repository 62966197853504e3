"""Events about our objects: told to the cluster, and posted to the notification controller."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable

import structlog

from shared.cluster.client import Client
from shared.cluster.correlation import Correlation, Series
from shared.cluster.error import ClusterError, NotFound
from shared.cluster.occurrence import Occurrence
from shared.cluster.webhook import Webhook
from shared.manifest.identity import Manifest, ManifestError, Ref
from shared.reconcile.attempt import Note
from shared.reconcile.clock import Clock

WAITING = 1000
"""Events that may wait to be delivered, in each direction. More are dropped, and counted."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Queue = asyncio.Queue[Occurrence]


class EventRecorder:
    """Fulfils `shared.runtime.worker.Recorder`. `component`: who speaks, such as
    `source-controller`; `address`: where Flux's JSON is posted to, nowhere if empty."""

    def __init__(self, client: Client, component: str, clock: Clock, address: str = "") -> None:
        self.dropped = 0
        self._client = client
        self._component = component
        self._clock = clock
        self._correlation = Correlation(clock)
        self._webhook = Webhook(address, clock) if address else None
        self._instance = platform.node()
        self._told: Queue = asyncio.Queue(WAITING)
        self._posted: Queue = asyncio.Queue(WAITING)

    def record(self, about: Manifest, note: Note) -> None:
        """Emit an event about an object; never blocks and never fails. A note of severity `trace`
        stays in the cluster (reference flux.md 1.4)."""
        try:
            occurrence = Occurrence.of(about, note, self._component, self._clock.now())
        except ManifestError as error:
            self._drop(str(error))
            return
        self._enqueue(self._told, occurrence)
        if self._webhook and note.severity != "trace":
            self._enqueue(self._posted, occurrence)

    async def run(self) -> None:
        """Deliver events until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._deliver(self._told, self._tell), name="events")
                tasks.create_task(self._deliver(self._posted, self._post), name="notifications")
        finally:
            if self._webhook:
                await self._webhook.close()

    async def delivered(self) -> None:
        """Wait until everything that was recorded so far has been delivered, or given up."""
        await self._told.join()
        await self._posted.join()

    def _enqueue(self, queue: Queue, occurrence: Occurrence) -> None:
        try:
            queue.put_nowait(occurrence)
        except asyncio.QueueFull:
            self._drop("too many are waiting")

    async def _deliver(self, queue: Queue, way: Callable[[Occurrence], Awaitable[None]]) -> None:
        while True:
            occurrence = await queue.get()
            try:
                await way(occurrence)
            except ClusterError as error:
                self._drop(str(error))
            finally:
                queue.task_done()

    def _drop(self, why: str) -> None:
        """Count a loss; a flood of them is logged less and less often."""
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:
            log.warning("event.dropped", dropped=self.dropped, error=why)

    async def _post(self, occurrence: Occurrence) -> None:
        if self._webhook:
            await self._webhook.post(occurrence.posted(self._instance))

    async def _tell(self, occurrence: Occurrence) -> None:
        series = self._correlation.take(occurrence)
        if series is None:
            self._drop("the object has told too much of late")
        elif not (series.written and await self._counted(series)):
            await self._client.create(event_of(occurrence, series), manager=self._component)
            series.written = True

    async def _counted(self, series: Series) -> bool:
        """Count the Event up; False where the server has forgotten it, as it does after an hour."""
        ref = Ref("", "Event", series.namespace, series.name)
        try:
            await self._client.patch(ref, series.counted(), manager=self._component)
        except NotFound:
            return False
        return True


def event_of(occurrence: Occurrence, series: Series) -> Manifest:
    """A Kubernetes Event, as client-go's recorder makes it."""
    meta: Manifest = {"name": series.name, "namespace": series.namespace}
    if occurrence.metadata:
        meta["annotations"] = dict(occurrence.metadata)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": meta,
        "involvedObject": dict(occurrence.about),
        "type": occurrence.type,
        "reason": occurrence.note.reason,
        "firstTimestamp": series.first,
        "source": {"component": occurrence.component},
        "reportingComponent": occurrence.component,
        "reportingInstance": "",
        **series.counted(),
    }
