"""Doing many things at once, but not too many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def bounded(
    most: int, work: Callable[[Item], Awaitable[Result]], items: Iterable[Item]
) -> list[Result]:
    """The results of `work` on each item, in the order of the items; at most `most` at once. An
    error of one cancels the others."""
    left = enumerate(items)
    results: dict[int, Result] = {}

    async def one_after_the_other() -> None:
        for place, item in left:
            results[place] = await work(item)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(most):
            tasks.create_task(one_after_the_other())
    return [results[place] for place in range(len(results))]
