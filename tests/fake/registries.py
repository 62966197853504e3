"""Fixtures: a registry in the tests' own process, the reference registry, and each in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.fake.oci_registry import FakeRegistry, fake_registry
from tests.real.go_program import BuildError
from tests.real.registry import RealRegistry, real_registry


@pytest.fixture
async def fake() -> AsyncIterator[FakeRegistry]:
    async with fake_registry() as registry:
        yield registry


@pytest.fixture(scope="session")
def real() -> Iterator[RealRegistry]:
    """The reference registry: use a repository of your own."""
    try:
        with real_registry() as registry:
            yield registry
    except BuildError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
def registry(request: pytest.FixtureRequest) -> FakeRegistry | RealRegistry:
    """Each registry in turn."""
    return request.getfixturevalue(request.param)
