"""An event loop whose time jumps ahead whenever it has nothing to do."""

from __future__ import annotations

import asyncio
import selectors


class _Jumping(selectors.DefaultSelector):
    """A selector that moves the hands of its loop instead of waiting."""

    elapsed = 0.0

    def select(self, timeout=None):
        if timeout:
            self.elapsed += timeout
        return super().select(0 if timeout is not None else 0.05)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A ten-minute wait takes no time: for tests without sockets."""

    def __init__(self):
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.elapsed
