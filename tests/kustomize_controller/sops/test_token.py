from __future__ import annotations

import asyncio
from datetime import timedelta

from kustomize_controller.sops.token import Token, Tokens
from tests.fake.clock import ManualClock


async def test_a_token_is_asked_for_once_until_it_runs_out() -> None:
    clock, asked = ManualClock(), []

    async def ask() -> Token:
        await asyncio.sleep(0)
        asked.append(None)
        return Token(f"T{len(asked)}", 3600)

    tokens = Tokens(clock, ask)

    assert set(await asyncio.gather(*(tokens.current() for _ in range(3)))) == {"T1"}
    clock.advance(timedelta(minutes=58))
    assert await tokens.current() == "T1"
    clock.advance(timedelta(minutes=1))
    assert await tokens.current() == "T2"


def test_a_token_is_in_no_repr() -> None:
    assert "hunter2" not in repr(Token("hunter2", 1))
