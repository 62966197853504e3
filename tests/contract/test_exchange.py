"""Requests and whole answers, as tables: tests/data/apiserver/exchange, on both API servers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.api import PATIENCE, Api
from tests.contract.exchange import Stage, cases, serve_custom_kinds
from tests.servers import ApiServer

CASES = list(cases())


@pytest.fixture
async def stage(api: Api, namespace: str) -> Stage:
    """The namespace of a case."""
    async with asyncio.timeout(PATIENCE):
        await serve_custom_kinds(api)
    return Stage(api, namespace)


@pytest.mark.parametrize(
    ("case", "answers"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
async def test_the_same_requests_get_the_same_answers(
    api_server: ApiServer, stage: Stage, case: dict[str, Any], answers: list[dict[str, Any]]
):
    told = await stage.play(case)

    for line, got, wanted in zip(case["say"], told, answers, strict=True):
        if "differs" not in line or api_server.name == "kube":
            assert got == wanted, line["ask"]
