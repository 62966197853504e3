"""Blocking work beside the loop, in a thread that nobody has to wait for.

The pool behind `asyncio.to_thread` is waited for when the process ends. A remote that hangs would
hold up the end of the process for as long as its time limit; what is fetched then is of no use.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Generic, TypeVar

Result = TypeVar("Result")


async def detached(work: Callable[[], Result]) -> Result:
    """The result of blocking work. When the wait is cancelled the work goes on, unheard."""
    outcome = _Outcome[Result](asyncio.get_running_loop())

    def run() -> None:
        with outcome:
            outcome.found(work())

    threading.Thread(target=run, name="git", daemon=True).start()
    return await outcome.future


class _Outcome(Generic[Result]):
    """What came of the work, a result or an error: handed over to the loop that waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.future: asyncio.Future[Result] = loop.create_future()

    def found(self, result: Result) -> None:
        self._hand_over(lambda: self.future.set_result(result))

    def __enter__(self) -> None:
        """The work begins."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is not None:
            self._hand_over(lambda: self.future.set_exception(error))
        return True

    def _hand_over(self, say: Callable[[], None]) -> None:
        # A loop that is closed waits for nothing any more; nor does one that has given up.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: None if self.future.done() else say())
