from __future__ import annotations

import asyncio
import threading

import pytest

from shared.git.error import GitError
from shared.git.thread import detached


async def test_the_result_comes_back():
    assert await detached(lambda: threading.current_thread().daemon) is True


async def test_nothing_is_a_result_too():
    assert await detached(lambda: None) is None


async def test_an_error_comes_back():
    def fail() -> None:
        raise GitError("no")

    with pytest.raises(GitError, match="no"):
        await detached(fail)


async def test_who_gives_up_does_not_wait_for_the_work():
    started, go_on = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        go_on.wait()

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(detached(work))
        await asyncio.to_thread(started.wait)
        waiting.cancel()
    go_on.set()

    assert waiting.cancelled()


def test_a_process_can_end_while_the_work_goes_on():
    go_on = threading.Event()

    async def main() -> None:
        async with asyncio.timeout(0.01):
            await detached(go_on.wait)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    go_on.set()
