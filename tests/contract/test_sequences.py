"""Random sequences get the same answers from both API servers, and leave the same objects.

What once did not is kept in tests/data/apiserver/sequences.yaml, and played again. No controllers
are at work meanwhile: what they write comes when it comes.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from apiserver.server import Server
from tests.contract.alphabet import ALPHABETS
from tests.contract.api import Api
from tests.contract.exchange import Stage, serve_custom_kinds
from tests.contract.sequence import Player, Sequence, sequences
from tests.servers import RealServer

pytestmark = [pytest.mark.real, pytest.mark.slow]

KEPT = yaml.safe_load((Path(__file__).parents[1] / "data/apiserver/sequences.yaml").read_text())
NUMBERS = itertools.count(1)
EXAMPLES = int(os.environ.get("SEQUENCES", "25"))
"""For each alphabet."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both servers, and the loop in which they are asked."""

    runner: asyncio.Runner
    ours: Api
    theirs: Api

    def play(self, alphabet: str, sequence: Sequence) -> None:
        """Play a sequence on both. A difference is an AssertionError."""
        ours, theirs = self.told(alphabet, sequence)
        what = ["an object or a watch at the end"] * (len(ours) - len(sequence.steps))
        for step, one, other in zip([*sequence.steps, *what], ours, theirs, strict=True):
            assert one == other, step

    def told(self, alphabet: str, sequence: Sequence) -> list[list[Any]]:
        """What both tell."""
        return self.runner.run(self._both(alphabet, sequence))

    async def _both(self, alphabet: str, sequence: Sequence) -> list[list[Any]]:
        name = f"sequence-{os.getpid()}-{next(NUMBERS)}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for api in (self.ours, self.theirs):
            await api.post("/api/v1/namespaces", body)
        players = [
            Player(Stage(api, name), ALPHABETS[alphabet]) for api in (self.ours, self.theirs)
        ]
        return list(await asyncio.gather(*(player.play(sequence) for player in players)))


@contextmanager
def without_controllers(kube: RealServer) -> Iterator[None]:
    """The controllers of the real server stand still for a while."""
    number = kube.plane.processes["kube-controller-manager"].pid
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)


@asynccontextmanager
async def opened(kube: RealServer) -> AsyncIterator[tuple[Api, Api]]:
    """Our server and the real one."""
    async with (
        Server(simulate=False) as server,
        aiohttp.ClientSession(server.url) as ours,
        kube.session() as theirs,
    ):
        for api in (Api(ours), Api(theirs)):
            await serve_custom_kinds(api)
        yield Api(ours), Api(theirs)


async def settled() -> None:
    """A closed session leaves the end of its TLS connections to the next turns of the loop."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def pair(kube: RealServer) -> Iterator[Pair]:
    """Both servers, for all sequences."""
    with asyncio.Runner() as runner, without_controllers(kube):
        servers = opened(kube)
        yield Pair(runner, *runner.run(servers.__aenter__()))
        runner.run(servers.__aexit__(None, None, None))
        runner.run(settled())


@pytest.mark.parametrize("case", KEPT, ids=[case["name"] for case in KEPT])
def test_a_sequence_that_once_was_answered_differently(pair: Pair, case: dict[str, Any]):
    pair.play(case["alphabet"], Sequence(case["steps"], case.get("watched", "")))


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_any_sequence_is_answered_alike(pair: Pair, alphabet: str):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="SEQUENCES" not in os.environ,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(sequence=sequences(ALPHABETS[alphabet]))
    def played(sequence: Sequence) -> None:
        pair.play(alphabet, sequence)

    played()
