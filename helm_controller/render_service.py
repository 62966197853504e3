"""The engine of this process, for as long as it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from helm_controller.engine import Engine, Limits
from helm_controller.engine_program import LIBRARY, EngineProgram
from helm_controller.lookup_door import LookupDoor
from helm_controller.rendering import Order, Rendering
from shared.reconcile.clock import Clock

REST = timedelta(seconds=30)
"""How long a worker may have nothing to do: it ends after one to two of these."""


class RenderService:
    """An engine whose workers run `program` and live as long as `run`, and the door for what they
    look up. `names`: whether templates may ask for the addresses of hosts. `renders`: how many
    orders it had."""

    def __init__(
        self, limits: Limits, clock: Clock, program: EngineProgram = LIBRARY, *, names: bool = False
    ) -> None:
        self._engine = Engine(limits, program)
        self._names = names
        self._clock = clock
        self.door = LookupDoor()
        self.renders = 0

    async def run(self) -> None:
        """Have the engine until cancelled; then its workers end."""
        await self.door.open()
        try:
            async with self._engine:
                while True:
                    await self._clock.sleep(REST)
                    await self._engine.end_rested()
        finally:
            await self.door.close()

    async def render(self, order: Order) -> Rendering:
        """Render a chart. Raises HelmError."""
        self.renders += 1
        return await self._engine.render(replace(order, names=self._names))
