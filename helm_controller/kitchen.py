"""Renders a chart for a cluster: as Helm does it there, with what the HelmRelease changes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Protocol

from helm_controller.capabilities import CapabilitiesDesk
from helm_controller.chart import Chart
from helm_controller.lookup_door import LookupDoor
from helm_controller.post_render import PostRender
from helm_controller.release_making import Draft, Method
from helm_controller.rendering import Definition, Order, Rendering
from helm_controller.target import Target
from shared.cluster.client import Client
from shared.cluster.discovery import Discovery
from shared.manifest.identity import Manifest

_DEFINITION = re.compile(r"(?:charts/[^/]+/)*crds/.+")
_PACKED = re.compile(r"(?:charts/[^/]+/)*charts/[^/]+\.tgz")


class Renders(Protocol):
    """What renders charts (helm_controller.engine.Engine)."""

    async def render(self, order: Order) -> Rendering:
        """Render a chart. Raises HelmError."""


@dataclass(frozen=True, slots=True)
class Dish:
    """What is to be rendered. `values`: those that the release records; `post`: the changes to
    what is rendered; `client`: in whose name templates look things up; `checks_values`: whether the
    chart's schema counts."""

    chart: Chart
    values: Manifest
    target: Target
    method: Method
    post: PostRender
    client: Client
    checks_values: bool = True


@dataclass(frozen=True, slots=True)
class Kitchen:
    """Renders for one cluster."""

    engine: Renders
    desk: CapabilitiesDesk
    discovery: Discovery
    door: LookupDoor

    async def definitions(self, dish: Dish) -> tuple[Definition, ...]:
        """The definitions of a chart, and of its subcharts that are on. Raises HelmError."""
        if not any(map(_brings_definitions, dish.chart.files)):
            return ()
        order = await self._order(dish, 1, is_upgrade=False)
        rendering = await self.engine.render(replace(order, only_definitions=True))
        return rendering.definitions

    async def rendered(
        self, dish: Dish, revision: int, *, is_upgrade: bool, over: Manifest | None = None
    ) -> Draft:
        """Render a chart. `over`: values that it is rendered with, where those are more than the
        release records. Raises HelmError, ClusterError."""
        order = await self._order(dish, revision, is_upgrade=is_upgrade)
        if over is not None:
            order = replace(order, values=over)
        if dish.chart.looks_up:
            async with self.door.visit(dish.client) as visit:
                rendering = await self.engine.render(replace(order, door=visit.url))
        else:
            rendering = await self.engine.render(order)
        changed = await asyncio.to_thread(dish.post.changed, rendering)
        return Draft(dish.target, dish.chart, changed, dish.values, dish.method)

    def forget(self) -> None:
        """Definitions have changed: what the cluster serves is asked for anew."""
        self.desk.forget()
        self.discovery.forget()

    async def _order(self, dish: Dish, revision: int, *, is_upgrade: bool) -> Order:
        known = await self.desk.get()
        return Order(
            chart=dish.chart.data,
            name=dish.target.name,
            namespace=dish.target.namespace,
            values=dish.values,
            revision=revision,
            is_upgrade=is_upgrade,
            kube_version=known.kube_version,
            api_versions=known.api_versions,
            of_cluster=True,
            skip_schema=not dish.checks_values,
        )


def _brings_definitions(path: str) -> bool:
    """Whether a file of a chart may hold definitions: a packed subchart may."""
    return bool(_DEFINITION.fullmatch(path) or _PACKED.fullmatch(path))
