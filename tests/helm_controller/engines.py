"""Both engines for tests: each has to render, and to refuse, what the other does."""

from __future__ import annotations

import pytest

from helm_controller.engine_program import LIBRARY, EngineProgram, helper
from tests.real.go_program import BuildError
from tests.real.helm_helper import HELM_HELPER

ENGINES = ("library", "helper")


def program(engine: str) -> EngineProgram:
    """How an engine is started. The test skips, with the reason, where it is not built."""
    if engine == "library":
        return LIBRARY
    try:
        binary = HELM_HELPER.binary()
    except BuildError as error:
        pytest.skip(f"Helm's helper is not here: {error}")
    if not binary.exists():
        pytest.skip("Helm's helper is not in the cache: `./dev helper` builds it")
    return helper(binary)
