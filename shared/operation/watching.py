"""Waiting for objects by watching them. Nobody polls, unless the account may not watch.

A few objects that we have applied are waited for by the watch of metadata that is kept of them
anyway: one for all who wait, and an object is asked for when that shows that it has changed. For
many, and for those of others, one watch is opened for all of a kind in a namespace, for the time of
the wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.cluster.client import Client
from shared.cluster.discovery import Discovery
from shared.cluster.error import ClusterError, Forbidden, NoSuchKind, NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, text
from shared.operation.health_report import HealthReport
from shared.operation.problem import OperationProblem
from shared.operation.sight import Sight
from shared.operation.vigil import Group, Vigil, Wait
from shared.reconcile.clock import Clock, since

PAUSE = timedelta(seconds=2)
"""Before a watch that was lost is taken up again."""

SERVED_PAUSE = timedelta(milliseconds=50)
"""Between two questions whether a new kind is served. Nothing can be watched that says so."""

FEW = 8
"""Objects of a kind in a namespace up to which each is asked for by itself."""

SECOND_LOOK = timedelta(seconds=5)
"""How often it is made certain that the shared watch is still there. That is no request."""

POLL = timedelta(seconds=5)
"""How often objects are asked for where they may not be watched."""


@dataclass(frozen=True, slots=True)
class Watching:
    """Waits for objects. `fail_fast`: one that has failed ends the wait for all; `sight`: what the
    watch of metadata shows that is kept of what was applied, where there is one."""

    clock: Clock
    fail_fast: bool = True
    sight: Sight | None = None

    def with_sight(self, sight: Sight) -> Watching:
        """The same where something is watched anyway."""
        return replace(self, sight=sight)

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
                if self.sight is not None and _is_in_sight(self.sight, group, vigil):
                    await _glance(client, group, vigil, self.sight)
                else:
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


def _is_in_sight(sight: Sight, group: Group, vigil: Vigil) -> bool:
    known = vigil.wait.known
    few = len(group.names) <= FEW
    return few and all(sight.covers(ref, known.get(ref)) for ref in group.refs())


async def _glance(client: Client, group: Group, vigil: Vigil, sight: Sight) -> None:
    """Ask for objects when the shared watch shows a change, until it no longer covers them. Raises
    ClusterError."""
    refs = frozenset(group.refs())
    with sight.on(refs) as news:
        for ref, known in vigil.under_way(refs).items():
            vigil.see(ref, known)
            news.seen(ref, known)
        while not news.lost():
            for ref in news.taken():
                live = await _found(client, ref)
                news.seen(ref, live)
                vigil.see(ref, live)
            if not await _within(SECOND_LOOK, news.moved.wait()) and news.lost(absent=True):
                return


async def _found(client: Client, ref: Ref) -> Manifest | None:
    try:
        return await client.get(ref)
    except NotFound:
        return None


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


async def _within(limit: timedelta, what: Awaitable[object]) -> bool:
    """Wait for something, and no longer than that. Whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit.total_seconds()):
            await what
            return True
    return False


async def _until(done: Callable[[], bool], vigil: Vigil) -> None:
    try:
        async with asyncio.timeout(vigil.wait.limit.total_seconds()):
            while not done():
                await vigil.moved.wait()
                vigil.moved.clear()
    except TimeoutError:
        return
