"""Waiting for objects by watching them: one watch for all of a kind in a namespace, for the time of
the wait. Nobody polls, unless the account may not watch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from shared.cluster.client import Client
from shared.cluster.discovery import Discovery
from shared.cluster.error import ClusterError, Forbidden, NoSuchKind, NotFound
from shared.manifest.identity import Kind, Ref, metadata, text
from shared.operation.health_report import HealthReport
from shared.operation.problem import OperationProblem
from shared.operation.vigil import Group, Vigil, Wait
from shared.reconcile.clock import Clock, since

PAUSE = timedelta(seconds=2)
"""Before a watch that was lost is taken up again."""

SERVED_PAUSE = timedelta(milliseconds=50)
"""Between two questions whether a new kind is served. Nothing can be watched that says so."""

POLL = timedelta(seconds=5)
"""How often objects are asked for where they may not be watched."""


@dataclass(frozen=True, slots=True)
class Watching:
    """Waits for objects. `fail_fast`: one that has failed ends the wait for all."""

    clock: Clock
    fail_fast: bool = True

    async def until_current(self, client: Client, wait: Wait) -> HealthReport | None:
        """How the objects are once all are where they should be, one has failed, or the time is
        up; None where the wait was cancelled."""
        started = self.clock.monotonic()
        vigil = Vigil(wait, self.clock.now)
        await self._keep(client, vigil, lambda: self._is_over(vigil))
        if vigil.cancelled:
            return None
        hopeless = self.fail_fast and vigil.failed()
        # Where one has failed the others may only be on their way, and are not to blame.
        fine = {"Current", "InProgress", "Unknown"} if hopeless else {"Current"}
        faults = tuple(
            f"{ref} status: '{one.state}'{f': {one.message}' if one.message else ''}"
            for ref, one in vigil.not_in(fine).items()
        )
        took = since(started, self.clock)
        return HealthReport(faults, took, hopeless)

    def _is_over(self, vigil: Vigil) -> bool:
        return (self.fail_fast and vigil.failed()) or not vigil.not_in({"Current"})

    async def until_gone(self, client: Client, wait: Wait) -> tuple[Ref, ...]:
        """Those of the objects that are still there when all are gone or the time is up."""
        vigil = Vigil(wait, self.clock.now)
        gone = {"NotFound"}
        await self._keep(client, vigil, lambda: not vigil.not_in(gone))
        return tuple(vigil.not_in(gone))

    async def until_served(
        self, discovery: Discovery, kinds: Iterable[Kind], limit: timedelta
    ) -> None:
        """Wait until the API server serves the kinds: it learns of a definition a little after it
        calls it established. Raises OperationProblem when the time is up."""
        until = self.clock.monotonic() + limit.total_seconds()
        for kind in kinds:
            while not await _is_served(discovery, kind):
                if self.clock.monotonic() >= until:
                    raise OperationProblem(
                        f"{kind} is established, but still not served after "
                        f"{limit.total_seconds():g}s"
                    )
                await self.clock.sleep(SERVED_PAUSE)

    async def _keep(self, client: Client, vigil: Vigil, done: Callable[[], bool]) -> None:
        """Watch until it is done, cancelled, or the time is up."""
        if done() or vigil.cancelled:
            return
        async with asyncio.TaskGroup() as tasks:
            watches = [
                tasks.create_task(self._follow(client, group, vigil)) for group in vigil.groups()
            ]
            watches.append(tasks.create_task(_heed(vigil)))
            await _until(lambda: vigil.cancelled or done(), vigil)
            for watch in watches:
                watch.cancel()

    async def _follow(self, client: Client, group: Group, vigil: Vigil) -> None:
        """See what becomes of the objects of a group, until cancelled."""
        while True:
            try:
                await _watch(client, group, vigil)
            except Forbidden:
                await self._ask(client, group, vigil)
            except NoSuchKind:
                for ref in group.refs():
                    vigil.see(ref, None)
                await self.clock.sleep(PAUSE)
            except ClusterError:
                await self.clock.sleep(PAUSE)

    async def _ask(self, client: Client, group: Group, vigil: Vigil) -> None:
        """Ask for each object once, then pause. What may not be read at all stays unknown."""
        for ref in group.refs():
            try:
                vigil.see(ref, await client.get(ref))
            except NotFound:
                vigil.see(ref, None)
            except ClusterError as error:
                vigil.miss(ref, str(error))
        await self.clock.sleep(POLL)


async def _is_served(discovery: Discovery, kind: Kind) -> bool:
    try:
        await discovery.resource_of(kind)
    except NoSuchKind:
        return False
    return True


async def _watch(client: Client, group: Group, vigil: Vigil) -> None:
    """List and watch, until the server ends the watch. Raises ClusterError."""
    where, labels, fields = group.namespace, vigil.wait.labels, group.fields
    listing = await client.list(group.kind, namespace=where, labels=labels, fields=fields)
    there = {Ref.of(item): item for item in listing.items}
    for ref in group.refs():
        vigil.see(ref, there.get(ref))
    changes = client.watch(
        group.kind,
        since=listing.resource_version,
        namespace=where,
        labels=labels,
        fields=fields,
    )
    async with aclosing(changes):
        async for change in changes:
            name = text(metadata(change.object), "name")
            if change.type != "BOOKMARK" and name in group.names:
                vigil.see(group.ref(name), None if change.type == "DELETED" else change.object)


async def _heed(vigil: Vigil) -> None:
    """Cancel the vigil when whoever asked for it says so."""
    if vigil.wait.cancel is not None:
        await vigil.wait.cancel.wait()
        vigil.cancel()


async def _until(done: Callable[[], bool], vigil: Vigil) -> None:
    try:
        async with asyncio.timeout(vigil.wait.limit.total_seconds()):
            while not done():
                await vigil.moved.wait()
                vigil.moved.clear()
    except TimeoutError:
        return
