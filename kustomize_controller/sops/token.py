"""Tokens that are good for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from shared.reconcile.clock import Clock

_SPARE = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """A token and for how many seconds it is good."""

    text: str = field(repr=False)
    seconds: float


class Tokens:
    """Asks for a token when it is needed, and again shortly before it has run out."""

    def __init__(self, clock: Clock, ask: Callable[[], Awaitable[Token]]) -> None:
        self._clock = clock
        self._ask = ask
        self._alone = asyncio.Lock()
        self._text = ""
        self._until = 0.0

    async def current(self) -> str:
        """A token that is good now. Raises SopsProblem where none is given."""
        async with self._alone:
            if not self._text or self._clock.monotonic() >= self._until:
                token = await self._ask()
                self._text = token.text
                self._until = self._clock.monotonic() + token.seconds - _SPARE
            return self._text
