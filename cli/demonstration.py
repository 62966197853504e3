"""The demo, from nothing to a cluster that follows a repository."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from apiserver.server import Server
from cli import sample_repository
from cli.follower import following
from cli.guide import guide, reasons
from cli.operation import controllers_on
from cli.output import overview
from cli.request import Wish, wishes
from cli.show import Show
from shared.api.definition import KINDS, definition
from shared.cluster.client import Client
from shared.cluster.connection import Connection
from shared.problem import Problem
from shared.runtime.clock import SystemClock

MANAGER = "penstock-demo"


class DemoError(Problem):
    """The demo cannot be shown; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What to run. `repository`: a URL or a path; empty: the sample. `path`: the directory in it.
    `port`: 0 for any."""

    directory: Path
    repository: str
    path: str
    ref: str
    once: bool
    timeout: timedelta
    port: int

    @property
    def kubeconfig(self) -> Path:
        """Where the way into the cluster is written."""
        return self.directory / "kubeconfig"


async def demonstrate(demo: Demo, show: Show, stop: asyncio.Event) -> int:
    """Run the demo until `stop` is set, or until all is ready with `once`; the exit code: 0 where
    all became ready, 1 where it did not."""
    wish = _wish(demo)
    async with (
        _cluster(demo, wish, show) as client,
        controllers_on(demo.kubeconfig, demo.directory, wish.local),
        following(client, SystemClock(), show) as follower,
    ):
        show.step(f"controllers follow {wish.shown}")
        is_ready = await follower.settled(demo.timeout)
        show.text(f"\n{await overview(client)}\n")
        if not is_ready:
            show.trouble("not everything is ready:")
            show.text(reasons(follower.unready()))
        if not demo.once:
            show.text(guide(demo.kubeconfig, wish, sample=not demo.repository))
            await stop.wait()
    return 0 if is_ready or not demo.once else 1


@asynccontextmanager
async def _cluster(demo: Demo, wish: Wish, show: Show) -> AsyncIterator[Client]:
    """The API server, and an administrator's client of it. Raises DemoError where its port is
    taken."""
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(Server(port=demo.port))
        except OSError as error:
            message = f"cannot listen at port {demo.port}: {error.strerror}; try another --port"
            raise DemoError(message) from None
        demo.directory.mkdir(parents=True, exist_ok=True)
        demo.kubeconfig.write_text(server.kubeconfig(), encoding="utf-8")
        show.step(f"API server at {server.url}")
        async with Connection.configured(str(demo.kubeconfig), SystemClock()) as connection:
            client = Client.on(connection)
            await _install(client, wish)
            yield client


def _wish(demo: Demo) -> Wish:
    """What the cluster is asked to follow."""
    if demo.repository:
        return Wish.of(demo.repository, demo.path, demo.ref)
    sample = sample_repository.lay(demo.directory / "repository")
    return Wish.of(str(sample), demo.path or sample_repository.PATH, sample_repository.BRANCH)


async def _install(client: Client, wish: Wish) -> None:
    """The kinds, the namespace, and the two objects that start it all."""
    for kind in KINDS:
        await client.apply(definition(kind), manager=MANAGER)
    for manifest in wishes(wish):
        await client.apply(manifest, manager=MANAGER)
