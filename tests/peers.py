"""Programs of others for tests that compare with them: from the cache, never built by a test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.peers.catalogue import PEERS
from tests.real.go_program import BuildError


def peer(name: str) -> Path:
    """The binary of a peer. The test skips, with the reason, where it is not in the cache."""
    if os.environ.get("CI"):
        pytest.skip("peers are for people's machines: the gate is the same wherever it runs")
    try:
        binary = PEERS[name].program.binary()
    except BuildError as error:
        pytest.skip(f"{name} is not here: {error}")
    if not binary.exists():
        pytest.skip(f"{name} is not in the cache: `./dev peers {name}` builds it")
    return binary
