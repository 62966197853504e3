"""What every test may use."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests import servers
from tests.real.go_program import BuildError
from tests.real.s3_server import RealS3, real_s3
from tests.servers import ApiServer, RealServer

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def kube() -> Iterator[RealServer]:
    """The real kube-apiserver: one for all tests of a process (with xdist: of a worker). Use a
    namespace, and API groups, of your own.

    A test that asks for it wears the mark `real`.
    """
    try:
        with servers.real() as server:
            yield server
    except BuildError as error:
        if servers.must_be_there():
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def s3() -> Iterator[RealS3]:
    """A real S3 server: one for all tests of a process. Use a bucket of your own."""
    try:
        with real_s3() as server:
            yield server
    except BuildError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["embedded", pytest.param("kube", marks=pytest.mark.real)])
async def api_server(request: pytest.FixtureRequest) -> AsyncIterator[ApiServer]:
    """Each API server in turn: the test says once what it expects of both."""
    if request.param == "kube":
        yield request.getfixturevalue("kube")
        return
    async with servers.embedded() as server:
        yield server


@pytest.fixture
async def namespace(api_server: ApiServer) -> str:
    """A namespace that nobody else uses."""
    name = f"test-{os.getpid()}-{next(NUMBERS)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    async with api_server.session() as api, api.post("/api/v1/namespaces", json=body) as answer:
        answer.raise_for_status()
    return name
