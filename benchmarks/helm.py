"""Scenario: R HelmReleases of one chart out of a Git repository, beside Flux's controllers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from benchmarks.controllers import HELM_SIDES, figure, lag
from benchmarks.delivery import follow, is_ready
from benchmarks.kustomization import is_later
from benchmarks.scenario import Scenario
from benchmarks.sight import PATIENCE, Fits, Sight
from benchmarks.turn import MEGABYTE, Match, Promise, Step, Turn, beside_flux
from shared.manifest.identity import Manifest, metadata, section

CHART = Path(__file__).parent / "charts/webapp"
MATCH = Match(
    managed=("deployments", "ingresses", "secrets", "serviceaccounts", "services"),
    kinds=("gitrepositories", "helmcharts", "helmreleases"),
    sides=HELM_SIDES,
    modules=("source-controller", "helm-controller"),
)
"""Helm's records are Secrets: they count among the objects."""
PROMISES = {
    "install: seconds": Promise(most=0.5),
    "one upgraded: live": Promise(most=0.333),
    "one upgraded: renders": Promise(limit=1),
    "all upgraded: seconds": Promise(most=0.333),
    "nothing changed: of objects": Promise(limit=0),
    "nothing changed: renders": Promise(limit=0),
    "peak: memory": Promise(most=1),
}
_EACH = 2.0
"""Seconds that a release may take besides, on the slower side."""


def chart() -> dict[str, str]:
    """The files of the chart, below `chart/`."""
    files = (path for path in sorted(CHART.rglob("*")) if path.is_file())
    return {f"chart/{path.relative_to(CHART)}": path.read_text() for path in files}


def names(count: int) -> list[str]:
    """Of the releases."""
    return [f"web-{number:04}" for number in range(count)]


def release(name: str) -> Manifest:
    """A HelmRelease as it is written first; all that it does not say is Flux's default."""
    source: Manifest = {"kind": "GitRepository", "name": "apps"}
    spec = {"interval": "1h", "chart": {"spec": {"chart": "./chart", "sourceRef": source}}}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name}, "spec": spec,
    }  # fmt: skip


def is_seen(found: Manifest) -> bool:
    """Whether a release is ready for the spec that it has now."""
    generation = metadata(found).get("generation")
    return is_ready(found) and section(found, "status").get("observedGeneration") == generation


def is_released(version: int, found: Manifest) -> bool:
    """Whether it is ready, and this the number of what was released last."""
    history = cast("list[Manifest]", section(found, "status").get("history") or [{}])
    return is_seen(found) and history[0].get("version") == version


def says(word: str, found: Manifest) -> bool:
    """Whether a Deployment of the chart has this message."""
    template = section(section(found, "spec"), "template")
    containers = cast("list[Manifest]", section(template, "spec")["containers"])
    return containers[0].get("env") == [{"name": "MESSAGE", "value": word}]


@dataclass(frozen=True, slots=True)
class Releases:
    """What is known of the HelmReleases of a namespace, and of their Deployments."""

    turn: Turn
    releases: Sight
    deployments: Sight

    @classmethod
    async def open(cls, turn: Turn, patience: float) -> Releases:
        """Follow the repository of a turn, where the chart is."""
        turn.repository.commit(chart())
        deployments = f"/apis/apps/v1/namespaces/{turn.namespace}/deployments"
        releases = await turn.watch(_all(turn), patience)
        found = cls(turn, releases, await turn.watch(deployments, patience))
        await follow(turn)
        return found

    async def add(self, names: Iterable[str]) -> None:
        """New ones."""
        for name in names:
            await self.turn.api.create(_all(self.turn), release(name))

    async def change(self, names: Iterable[str], **spec: object) -> None:
        """Change the spec of some."""
        for name in names:
            await self.turn.api.patch(f"{_all(self.turn)}/{name}", {"spec": spec})

    async def look(self, names: Iterable[str], token: str) -> float:
        """Have releases gone through, and wait until they are."""
        every = list(names)
        for name in every:
            await self.turn.api.request(f"{_all(self.turn)}/{name}", token)
        return await self.until(
            every,
            lambda one: (
                is_ready(one) and section(one, "status").get("lastHandledReconcileAt") == token
            ),
        )

    async def until(self, names: Iterable[str], fits: Fits) -> float:
        """When all releases of these names fitted."""
        return await self.releases.until(names, fits, told=self.turn.processes.last_words)

    async def until_live(self, names: Iterable[str], fits: Fits) -> float:
        """When the Deployments of all these did."""
        return await self.deployments.until(names, fits, told=self.turn.processes.last_words)

    async def end(self, names: Iterable[str]) -> None:
        """Take all away, with all that was released."""
        every, api = list(names), self.turn.api
        for name in every:
            await api.delete(f"{_all(self.turn)}/{name}")
        await self.releases.until_gone(every, told=self.turn.processes.last_words)
        where = f"namespaces/{self.turn.namespace}/gitrepositories/apps"
        await api.delete(f"/apis/source.toolkit.fluxcd.io/v1/{where}")


def _all(turn: Turn) -> str:
    return f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{turn.namespace}/helmreleases"


async def _story(count: int, turn: Turn) -> None:
    """One release is there before: the start of the controllers is not what is measured."""
    [first, *others] = names(count + 1)
    town = await Releases.open(turn, PATIENCE + count * _EACH)
    await town.add([first])
    await town.until([first], partial(is_released, 1))
    await turn.calm()
    await _install(town, others)
    await _upgrade(town, "one upgraded", [first])
    await _upgrade(town, "all upgraded", others)
    await _nothing(town, [first, *others])
    await _drift(town, first)
    turn.note("peak", "memory", turn.processes.peak() / MEGABYTE)
    if turn.is_ours:
        turn.note("event loop", "lag", lag(turn.site))
    await town.end([first, *others])


async def _install(town: Releases, every: list[str]) -> None:
    async with town.turn.step("install") as step:
        await town.add(every)
        step.live = await town.until_live(every, partial(says, "old"))
        step.ended = await town.until(every, partial(is_released, 1))
    await town.turn.calm()


async def _upgrade(town: Releases, what: str, every: list[str]) -> None:
    """One value of some releases."""
    rendered = _renders(town.turn)
    async with town.turn.step(what) as step:
        await town.change(every, values={"message": "new"})
        step.live = await town.until_live(every, partial(says, "new"))
        step.ended = await town.until(every, partial(is_released, 2))
    rendered(what)
    await town.turn.calm()


async def _nothing(town: Releases, every: list[str]) -> None:
    """All are asked for, of which nothing has moved."""
    await town.look(every, "before")
    await town.turn.calm()
    rendered = _renders(town.turn)
    async with town.turn.step("nothing changed") as step:
        step.ended = await town.look(every, "again")
    rendered("nothing changed")
    await town.turn.calm()


async def _drift(town: Releases, name: str) -> None:
    """Somebody meddles with an object of a release that is looked at every ten seconds."""
    turn = town.turn
    await town.change([name], interval="10s", driftDetection={"mode": "enabled"})
    await town.until([name], is_seen)
    await turn.calm()
    async with turn.step("drift") as step:
        await _meddle(town, name, step)
    await town.change([name], interval="1h")
    await town.until([name], is_seen)
    await turn.calm()


async def _meddle(town: Releases, name: str, step: Step) -> None:
    path = f"/apis/apps/v1/namespaces/{town.turn.namespace}/deployments/{name}"
    labels: Manifest = {"labels": {"app.kubernetes.io/version": "moved"}}
    moved = await town.turn.api.patch(path, {"metadata": labels})
    step.begun = time.monotonic()
    step.ended = await town.until_live(
        [name], lambda now: is_later(now, moved) and _version(now) != "moved"
    )


def _version(deployment: Manifest) -> object:
    return section(metadata(deployment), "labels").get("app.kubernetes.io/version")


def _renders(turn: Turn) -> Callable[[str], None]:
    """Count from now on how often we render, to be written down with a step."""
    if not turn.is_ours:
        return lambda _: None
    before = figure(turn.site, "penstock_renders_total")
    return lambda step: turn.note(
        step, "renders", figure(turn.site, "penstock_renders_total") - before
    )


SCENARIOS = tuple(
    Scenario(
        f"helm-{count}",
        f"{count} HelmReleases of one chart in a Git repository, beside Flux's controllers",
        partial(beside_flux, story=partial(_story, count), promises=PROMISES, match=MATCH),
    )
    for count in (30, 300)
)
