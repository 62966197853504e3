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
    room = asyncio.Semaphore(most)

    async def one(item: Item) -> Result:
        async with room:
            return await work(item)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(item)) for item in items]
    return [task.result() for task in running]
