"""What this controller counts: what it rendered, what it remembers, what it put right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helm_controller.chart_shelf import ChartShelf
from helm_controller.clusters import Clusters
from helm_controller.render_service import RenderService
from helm_controller.standing import Standings
from shared.operation.drift import Drifts
from shared.runtime.metric import Figure


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms that have figures."""

    engine: RenderService
    charts: ChartShelf
    standings: Clusters[Standings]
    drifts: Drifts


def figures(rooms: Rooms) -> Iterable[Figure]:
    """All figures of this controller."""
    yield Figure(
        "penstock_renders",
        "Charts that were rendered.",
        lambda: {"": rooms.engine.renders},
        grows=True,
    )
    yield Figure(
        "penstock_chart_memory_bytes",
        "Charts that are kept as they were fetched and read.",
        lambda: {"": rooms.charts.kept},
    )
    yield Figure(
        "penstock_releases_standing",
        "Releases that cost nothing while nothing of them moves.",
        lambda: {"": sum(map(len, rooms.standings.all()))},
    )
    yield Figure(
        "penstock_release_drift_corrections",
        "Objects of releases that had moved and were put back.",
        lambda: {"": rooms.drifts.corrections},
        grows=True,
    )
