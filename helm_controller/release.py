"""One release, as the pursuit of what is wanted of it sees it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from helm_controller.chart import Chart
from helm_controller.drift_guard import Drifted
from helm_controller.release_record import Record
from helm_controller.second_look import Look
from helm_controller.task import Ingredients
from shared.api.inventory import Inventory
from shared.operation.change import ChangeLog


class Release(Protocol):
    """One release. Every action raises a Problem where it fails."""

    def standing(self, reason: Hashable) -> bool:
        """Whether nothing has moved since the release was found in order for this reason."""

    async def stand(self, reason: Hashable, records: Sequence[Record]) -> None:
        """The release was found in order for this reason."""

    async def drift(self, records: Sequence[Record]) -> Drifted:
        """What has drifted; nothing where nobody wants to know. `records`: those there are, none
        where the release stands."""

    async def correct(self, drifted: Drifted, changes: ChangeLog) -> None:
        """Put right what has drifted."""

    def written(self) -> tuple[Record, ...]:
        """The records that were written since the last question, the newest first."""

    def changes(self) -> str:
        """What was changed of the objects since the last question, a line each."""

    async def records(self) -> list[Record]:
        """The records there are, the newest last."""

    async def install(self, made_of: Ingredients, before: Sequence[Record]) -> None:
        """Install the chart."""

    async def upgrade(self, made_of: Ingredients, before: Sequence[Record]) -> None:
        """Upgrade to the chart."""

    async def roll_back(self, revision: int, before: Sequence[Record]) -> None:
        """Go back to a revision."""

    async def uninstall(self, before: Sequence[Record]) -> None:
        """Uninstall it."""

    def is_left(self, last: Record) -> bool:
        """Whether it is uninstalled already, and its records are to stay."""

    async def test(self, last: Record) -> None:
        """Run its tests."""

    @property
    def looks_again(self) -> bool:
        """Whether charts that look things up are rendered in every attempt."""

    async def outdated(self, made_of: Ingredients, last: Record) -> Look:
        """What the chart would render to now, where it looks things up and that counts."""

    async def unlock(self, last: Record) -> None:
        """Say that what somebody has begun with it, and not ended, has failed."""

    async def inventory(self, record: Record, chart: Chart) -> Inventory:
        """The objects of a release."""
