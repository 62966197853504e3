"""One process, many controllers, one place where tasks are born and die.

A crash of any of them ends the process with a traceback: Kubernetes starts it again, and a process
of which a part is dead would be worse than none.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import groupby

from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.connection import Connection
from shared.cluster.lease import Lease
from shared.cluster.throttle import Throttle
from shared.runtime.clock import SystemClock
from shared.runtime.controller import Controller
from shared.runtime.leadership import Leadership, Times, lease_name, own_identity
from shared.runtime.metric import Figure, Metrics
from shared.runtime.probe import Probes
from shared.runtime.program import Program
from shared.runtime.settings import Settings, fill
from shared.runtime.site import Site

LAG_EVERY = timedelta(milliseconds=500)


async def operate(
    programs: Sequence[Program], chosen: argparse.Namespace, stop: asyncio.Event
) -> None:
    """Run the controllers of all programs until `stop` is set. Raises Problem where the cluster
    cannot be reached at the start, and where leadership is lost."""
    flags = fill(Settings, chosen)
    async with AsyncExitStack() as stack:
        site = await _site(stack, flags)
        controllers = [one for program in programs for one in program.controllers(site, chosen)]
        probes = Probes(site.metrics, site.caches.blind)
        await probes.serve(stack, flags.health_addr, flags.metrics_addr)
        await _until(stop, site, controllers)


async def _site(stack: AsyncExitStack, flags: Settings) -> Site:
    clock = SystemClock()
    throttle = Throttle(clock, flags.kube_api_qps, flags.kube_api_burst)
    connection = Connection.configured(flags.kubeconfig, clock, throttle)
    client = Client.on(await stack.enter_async_context(connection))
    metrics = Metrics()
    metrics.watch_requests(client.requests)
    metrics.watch(_answers_of(connection))
    namespace = os.environ.get("RUNTIME_NAMESPACE", "flux-system")
    watched = "" if flags.watch_all_namespaces else namespace
    caches = Caches(client, clock, namespace=watched)
    metrics.watch(_missing_of(caches))
    return Site(
        client=client,
        discovery=client.discovery,
        caches=caches,
        clock=clock,
        metrics=metrics,
        settings=flags,
        namespace=namespace,
    )


def _answers_of(connection: Connection) -> Figure:
    """What the API server has sent to us: all of it is read and parsed."""
    return Figure(
        "penstock_answer_bytes",
        "Bytes of answers and watches of the API server.",
        lambda: {"": connection.received},
        grows=True,
    )


def _missing_of(caches: Caches) -> Figure:
    """The kinds that were to be watched, and have no CustomResourceDefinition."""
    return Figure(
        "penstock_missing_kinds",
        "Kinds that this process watches and the cluster does not serve.",
        lambda: dict.fromkeys(caches.missing(), 1.0),
        "kind",
    )


async def _until(stop: asyncio.Event, site: Site, controllers: Sequence[Controller]) -> None:
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(site.caches.run(), name="caches"),
            tasks.create_task(_measure_lag(site), name="loop lag"),
            *(
                tasks.create_task(_lead(site, lease, list(members)), name=lease)
                for lease, members in groupby(controllers, key=lambda one: one.lease)
            ),
            *(
                tasks.create_task(one.run(), name=type(one).__name__)
                for controller in controllers
                for one in controller.everywhere
            ),
        ]
        await stop.wait()
        for task in running:
            task.cancel()


async def _lead(site: Site, lease: str, controllers: Sequence[Controller]) -> None:
    """Run the controllers of one program, as its leader where leaders are elected."""
    if not site.settings.enable_leader_election:
        await _run(controllers)
        return
    leadership = _leadership(site, lease)
    await leadership.lead()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(leadership.keep(), name=f"{lease} lease")
            tasks.create_task(_run(controllers), name=lease)
    finally:
        if site.settings.leader_election_release_on_cancel:
            await leadership.release()


def _leadership(site: Site, component: str) -> Leadership:
    flags = site.settings
    times = Times(
        flags.leader_election_lease_duration,
        flags.leader_election_renew_deadline,
        flags.leader_election_retry_period,
    )
    name = lease_name(component, flags.watch_label_selector)
    lock = Lease(site.client, site.namespace, name)
    return Leadership(lock, own_identity(), times, site.clock)


async def _run(controllers: Sequence[Controller]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for controller in controllers:
            tasks.create_task(controller.run(), name=controller.kind)


async def _measure_lag(site: Site) -> None:
    """Keep the figures of how late the loop is: a late loop renews no Lease."""
    while True:
        before = site.clock.monotonic()
        await site.clock.sleep(LAG_EVERY)
        late = site.clock.monotonic() - before - LAG_EVERY.total_seconds()
        site.metrics.looped(max(late, 0.0))
