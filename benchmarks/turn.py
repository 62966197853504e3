"""One side at work, from the start of its controllers to the removal of all that it made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.api import Api, install
from benchmarks.controllers import SIDES, Commands, Processes, Site, running
from benchmarks.figure import Figure
from benchmarks.process import RunError
from benchmarks.requests import Requests
from benchmarks.scenario import Bench
from benchmarks.sight import PATIENCE, Sight
from tests import servers
from tests.fake.git_remote import HttpRemote, Repository, serving
from tests.real.go_program import BuildError
from tests.servers import RealServer

MEGABYTE = 1e6
ORDERS = (("flux", "penstock"), ("penstock", "flux"))
UNITS = {"seconds": "s", "live": "s", "cpu": "s", "bytes": "kB", "lag": "s"}
_CALM = 0.25
"""Seconds between two looks at processes that should have come to rest."""
_BUSY = 0.03
"""Share of a core above which they have not."""


@dataclass(frozen=True, slots=True)
class Promise:
    """How good a figure has to be: see Figure."""

    most: float | None = None
    limit: float | None = None


Round = Mapping[str, Mapping[str, float]]
"""What was measured in one round: by side, by name."""

Promises = Mapping[str, Promise]


@dataclass(slots=True)
class Step:
    """One thing that was asked for, under way. `live` and `ended`: moments on the monotonic clock,
    where they are told; otherwise it has ended when it is left."""

    begun: float
    live: float | None = None
    ended: float | None = None


@dataclass(slots=True)
class Turn:
    """A namespace, a repository, and the controllers of one side. `found`: what was measured, in
    the order in which it was, such as `first apply: seconds`."""

    shop: Workshop
    repository: Repository
    site: Site
    side: str
    namespace: str
    processes: Processes
    tasks: asyncio.TaskGroup
    found: dict[str, float] = field(default_factory=dict)
    _watches: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def api(self) -> Api:
        """The measurer's way to the API server."""
        return self.shop.api

    @property
    def is_ours(self) -> bool:
        """Whether these are our own controllers."""
        return self.side == "penstock"

    def note(self, step: str, what: str, value: float) -> None:
        """Write down a figure."""
        self.found[f"{step}: {what}"] = value

    async def watch(self, path: str, patience: float = PATIENCE) -> Sight:
        """See what becomes of all objects of a resource, until the turn ends. `patience`: see
        Sight."""
        sight = Sight(self.api.session, path, patience)
        await sight.open()
        self._watches.append(self.tasks.create_task(sight.follow()))
        return sight

    def start(self) -> None:
        """Start the controllers once more."""
        self.processes.start(self.shop.match.sides[self.side](self.site), self.site)

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[Step]:
        """Measure what happens inside."""
        before, cpu = await self.api.requests(), self.processes.cpu()
        step = Step(time.monotonic())
        yield step
        ended = step.ended or time.monotonic()
        spent = self.processes.cpu() - cpu
        self.note(name, "seconds", ended - step.begun)
        if step.live is not None:
            self.note(name, "live", step.live - step.begun)
        self._count(name, await self.api.requests() - before)
        self.note(name, "cpu", spent)
        self.processes.peak()

    async def calm(self) -> None:
        """Wait until the processes have come to rest: what they do late belongs to what was before.
        Raises RunError where they never do."""
        until, last = time.monotonic() + 60, self.processes.cpu()
        while time.monotonic() < until:
            await asyncio.sleep(_CALM)
            now = self.processes.cpu()
            if now - last < _BUSY * _CALM:
                return
            last = now
        raise RunError(f"the controllers of {self.side} do not come to rest")

    def close(self) -> None:
        """Watch no more."""
        for watch in self._watches:
            watch.cancel()

    def _count(self, name: str, asked: Requests) -> None:
        match = self.shop.match
        managed = asked.about(match.managed)
        self.note(name, "requests", managed.all + asked.about(match.own).all)
        self.note(name, "of objects", managed.all)
        self.note(name, "writes of objects", managed.writes)
        self.note(name, "dry runs", managed.dry_runs)
        self.note(name, "writes of status", asked.about(match.statuses).writes)


@dataclass(frozen=True, slots=True)
class Match:
    """Who is measured beside whom. `managed`: the resources that are applied; `kinds`: those that
    only controllers ask for. Of other things (Leases, Events, Endpoints) the control plane itself
    has some too, and counters do not tell whose a request was. `modules`: of Flux's, with the
    definitions of the kinds."""

    managed: Sequence[str] = ("configmaps",)
    kinds: Sequence[str] = ("kustomizations", "gitrepositories")
    sides: Mapping[str, Commands] = field(default_factory=lambda: SIDES)
    modules: Sequence[str] = ("source-controller", "kustomize-controller")

    @property
    def statuses(self) -> Sequence[str]:
        """Where the controllers write what they did."""
        return [f"{kind}/status" for kind in self.kinds]

    @property
    def own(self) -> Sequence[str]:
        """All that only controllers ask for."""
        return [*self.kinds, *self.statuses]


Story = Callable[[Turn], Awaitable[None]]
"""What happens in a turn."""


def beside_flux(
    bench: Bench, story: Story, promises: Promises, match: Match | None = None
) -> Sequence[Figure]:
    """Tell a story with either side in turn, on one real API server. Raises RunError."""
    try:
        found = _measured(bench, story, match or Match())
    except* (BuildError, RunError) as several:
        raise RunError("; ".join(map(str, _leaves(several)))) from several
    return figures_of(found, promises)


def _measured(bench: Bench, story: Story, match: Match) -> Sequence[Round]:
    git = bench.folder / "git"
    git.mkdir()
    with servers.real() as server, serving(git) as remote:
        return asyncio.run(_rounds(bench, server, remote, story, match))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """What went wrong, without the groups that it is wrapped in."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def figures_of(found: Sequence[Round], promises: Promises) -> list[Figure]:
    """The figures of all rounds: what only we have stands alone."""
    figures: dict[str, Figure] = {}
    for took in found:
        for name, ours in took["penstock"].items():
            promise = promises.get(name, Promise())
            unit = UNITS.get(name.rpartition(": ")[2], "MB" if "memory" in name else "")
            figure = figures.setdefault(name, Figure(name, unit, promise.most, promise.limit))
            figure.add(ours, took["flux"].get(name))
    return list(figures.values())


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all turns of a scenario share."""

    bench: Bench
    server: RealServer
    remote: HttpRemote
    api: Api
    match: Match


async def _rounds(
    bench: Bench, server: RealServer, remote: HttpRemote, story: Story, match: Match
) -> list[dict[str, dict[str, float]]]:
    rounds: list[dict[str, dict[str, float]]] = []
    async with server.session() as session:
        shop = Workshop(bench, server, remote, Api(session), match)
        await install(shop.api, match.modules)
        await shop.api.namespace("flux-system")
        for number in range(bench.rounds):
            took: dict[str, dict[str, float]] = {}
            for side in ORDERS[number % 2]:
                bench.say(f"round {number + 1} of {bench.rounds}: {side}")
                async with _turn(shop, side, f"{side}-{number}") as turn:
                    await story(turn)
                    took[side] = turn.found
            rounds.append(took)
    return rounds


@asynccontextmanager
async def _turn(shop: Workshop, side: str, name: str) -> AsyncIterator[Turn]:
    async with AsyncExitStack() as stack:
        repository = Repository(shop.bench.folder / "git" / name)
        stack.callback(repository.close)
        site = Site.make(shop.server.kubeconfig, shop.bench.folder / name)
        processes = stack.enter_context(running(shop.match.sides[side](site), site))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        turn = Turn(shop, repository, site, side, name, processes, tasks)
        stack.callback(turn.close)
        await shop.api.namespace(name)
        yield turn
