"""The start of the server: what it takes along."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SERVE = """
import asyncio, sys
from apiserver.command import main
from apiserver.server import Options, Server

async def serve():
    async with Server(options=Options(secure=True)):
        print(*sys.modules)

asyncio.run(serve())
"""


@pytest.mark.slow
def test_a_server_that_starts_loads_nothing_that_only_some_requests_need():
    told = subprocess.run(
        [sys.executable, "-c", _SERVE], check=True, capture_output=True, text=True, timeout=60
    )

    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert loaded & {"aiohttp", "cryptography", "orjson"}
    assert not loaded & {"cel_expr_python", "google", "prometheus_client"}


@pytest.mark.slow
def test_the_program_tells_of_its_options():
    told = subprocess.run(
        [sys.executable, "-m", "apiserver", "--help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "--kubeconfig-out" in told.stdout
