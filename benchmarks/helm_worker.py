"""`python -m benchmarks.helm_worker CHART [HELPER]`: renders a chart some times in one engine, as
the controller does, each time with another value, and prints what it took (seconds, as JSON)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from helm_controller.engine import Engine, Limits
from helm_controller.engine_program import LIBRARY, EngineProgram, helper
from helm_controller.rendering import Order

AGAIN = 5


async def main(chart: Path, program: EngineProgram) -> None:
    """Render, and render again."""
    async with Engine(Limits(workers=1), program) as engine:
        first = await _rendered(engine, chart, "first")
        again = min([await _rendered(engine, chart, f"again {number}") for number in range(AGAIN)])
    sys.stdout.write(json.dumps({"first": first, "again": again}))


async def _rendered(engine: Engine, chart: Path, message: str) -> float:
    """Seconds. Raises HelmError; a rendering that does not say the message is no rendering."""
    begun = time.perf_counter()
    done = await engine.render(Order(chart, "web", "default", {"message": message}))
    took = time.perf_counter() - begun
    if message not in done.manifest:
        raise AssertionError(f"{chart} was rendered without what it should say")
    return took


if __name__ == "__main__":
    path, *others = map(Path, sys.argv[1:])
    asyncio.run(main(path, helper(others[0]) if others else LIBRARY))
