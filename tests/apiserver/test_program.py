"""The API server as a program: its address, and what it keeps when it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from apiserver.program import ListenError, address_of, write_private

PATH = "/api/v1/namespaces/default/configmaps"


@pytest.mark.parametrize(
    ("listen", "secure", "address"),
    [
        ("127.0.0.1:6443", True, ("127.0.0.1", 6443)),
        ("[::1]:0", False, ("::1", 0)),
        ("localhost:80", False, ("localhost", 80)),
        ("0.0.0.0:6443", True, ("0.0.0.0", 6443)),
    ],
)
def test_an_address_and_a_port(listen: str, secure: bool, address: tuple[str, int]):
    assert address_of(listen, secure=secure) == address


@pytest.mark.parametrize("listen", ["", "6443", "host:", "host:port", "host:70000"])
def test_what_is_no_address_is_refused(listen: str):
    with pytest.raises(ListenError, match="is not an address and a port"):
        address_of(listen, secure=True)


@pytest.mark.parametrize("listen", ["0.0.0.0:80", ":80", "10.0.0.1:80", "example.org:80"])
def test_an_open_server_is_for_this_machine_only(listen: str):
    with pytest.raises(ListenError, match="has to be a loopback"):
        address_of(listen, secure=False)


def test_a_kubeconfig_is_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "kubeconfig"
    path.write_text("old, for everybody")

    write_private(path, "new")

    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


@asynccontextmanager
async def program(
    directory: Path, *more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """An open server that keeps its cluster in the directory, and its URL."""
    arguments = ["--insecure", "--listen", "127.0.0.1:0", "--data-dir", str(directory), *more]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "apiserver",
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr
        line = (await process.stderr.readline()).decode()
        assert line.startswith("listening on "), line + (await process.stderr.read()).decode()
        yield process, line.removeprefix("listening on ").strip()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


@pytest.mark.slow
async def test_what_was_answered_is_there_after_a_kill_in_the_middle_of_many_writes(
    tmp_path: Path,
):
    answered: dict[str, int] = {}
    async with program(tmp_path) as (process, url), aiohttp.ClientSession(url) as session:

        async def write(writer: int) -> None:
            for number in range(1000):
                name = f"{writer}-{number}"
                async with session.post(PATH, json={"metadata": {"name": name}}) as answer:
                    body = await answer.json()
                answered[name] = int(body["metadata"]["resourceVersion"])
                if len(answered) == 300:
                    os.kill(process.pid, signal.SIGKILL)

        results = await asyncio.gather(*(write(each) for each in range(8)), return_exceptions=True)
    assert all(isinstance(each, aiohttp.ClientError) for each in results), results

    async with program(tmp_path) as (_, url), aiohttp.ClientSession(url) as session:
        async with session.get(PATH) as answer:
            found = await answer.json()
        async with session.post(PATH, json={"metadata": {"name": "new"}}) as answer:
            new = await answer.json()

    kept = {
        each["metadata"]["name"]: int(each["metadata"]["resourceVersion"])
        for each in found["items"]
    }
    assert len(answered) >= 300
    assert {name: kept.get(name) for name in answered} == answered
    assert int(new["metadata"]["resourceVersion"]) > max(kept.values())


DEFINITION = {
    "metadata": {"name": "gadgets.kept.test"},
    "spec": {
        "group": "kept.test",
        "names": {"kind": "Gadget", "plural": "gadgets"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}


@pytest.mark.slow
async def test_custom_resources_are_served_from_the_first_moment_after_a_restart(tmp_path: Path):
    gadgets = "/apis/kept.test/v1/namespaces/default/gadgets"
    gadget = {"apiVersion": "kept.test/v1", "kind": "Gadget", "metadata": {"name": "a"}}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    async with program(tmp_path) as (process, url), aiohttp.ClientSession(url) as session:
        async with session.post(definitions, json=DEFINITION) as answer:
            assert answer.status == 201
        async with session.post(gadgets, json=gadget) as answer:
            assert answer.status == 201
        os.kill(process.pid, signal.SIGKILL)

    async with (
        program(tmp_path) as (_, url),
        aiohttp.ClientSession(url) as session,
        session.get(f"{gadgets}/a") as answer,
    ):
        assert answer.status == 200


BALANCER = {"metadata": {"name": "b"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}
SERVICES = "/api/v1/namespaces/default/services"


@pytest.mark.slow
@pytest.mark.parametrize("word", ["none", "pending"])
async def test_the_simulation_does_as_it_is_told(tmp_path: Path, word: str):
    async with (
        program(tmp_path, "--simulate", word) as (_, url),
        aiohttp.ClientSession(url) as session,
    ):
        async with session.post(SERVICES, json=BALANCER) as answer:
            assert answer.status == 201
        # Whatever a controller does it has done by the second answer.
        for _ in range(2):
            async with session.get(f"{SERVICES}/b") as answer:
                found = await answer.json()
        async with session.get("/api/v1/nodes") as answer:
            nodes = (await answer.json())["items"]

    assert found["status"] == {"loadBalancer": {}}
    assert len(nodes) == (0 if word == "none" else 1)
