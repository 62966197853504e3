"""The real control plane: it keeps its state, counts what it is asked, and leaves nothing."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from tests.contract.api import Api
from tests.servers import RealServer

pytestmark = [pytest.mark.real]

COLLECTION = "/api/v1/namespaces/default/configmaps"
ROOT = Path(__file__).parents[2]


def config_map(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


async def test_what_was_written_outlives_a_killed_api_server(kube: RealServer):
    async with kube.session() as session:
        written = await Api(session).post(COLLECTION, config_map("outlives"))

    await kube.stop(signal.SIGKILL)
    try:
        with pytest.raises(aiohttp.ClientConnectionError):
            await fetch(kube, "outlives")
    finally:
        await kube.start()

    assert await fetch(kube, "outlives") == written.body


async def test_every_request_is_in_the_audit_log_once(kube: RealServer):
    name = "audited"
    before = len(kube.audit())
    async with kube.session() as session:
        api = Api(session)
        await api.post(COLLECTION, config_map(name), dryRun="All")
        await api.post(COLLECTION, config_map(name))
        async with api.watch(COLLECTION, fieldSelector=f"metadata.name={name}") as changes:
            await changes.next()
        await api.get(f"{COLLECTION}/{name}")
        await api.get("/api")

    # Controllers of an earlier test may have been killed with a last request under way.
    asked = [one for one in kube.audit()[before:] if "aiohttp" in one.agent]

    assert Counter((request.verb, request.resource, request.dry_run) for request in asked) == {
        ("create", "configmaps", True): 1,
        ("create", "configmaps", False): 1,
        ("watch", "configmaps", False): 1,
        ("get", "configmaps", False): 1,
        ("get", "", False): 1,
    }
    assert {request.user for request in asked} == {"penstock-admin"}


async def test_a_namespace_asks_of_pods_what_its_labels_say(kube: RealServer):
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    walled = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "walled", "labels": labels},
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "careless"},
        "spec": {
            "serviceAccountName": "runner",
            "containers": [{"name": "main", "image": "example"}],
        },
    }
    async with kube.session() as session:
        api = Api(session)
        await api.post("/api/v1/namespaces", walled)
        await api.post("/api/v1/namespaces/walled/serviceaccounts", account)

        answer = await api.post("/api/v1/namespaces/walled/pods", pod)

    assert answer.status == 403
    assert 'violates PodSecurity "restricted' in answer.body["message"]


@pytest.mark.usefixtures("kube")
def test_a_control_plane_ends_when_its_owner_is_killed(tmp_path: Path):
    """The owner starts one, says which processes it has, and is killed in mid-sentence."""
    owner = textwrap.dedent(
        """
        import sys
        from tests import servers
        with servers.real() as server:
            print(*(process.pid for process in server.plane.processes.values()), flush=True)
            sys.stdin.read()
        """
    )
    command = [sys.executable, "-c", owner]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, text=True, env=environment, **pipes) as running:
        assert running.stdout is not None
        numbers = [int(number) for number in running.stdout.readline().split()]

        watched = [os.pidfd_open(number) for number in numbers]
        running.kill()

    assert len(watched) == 3
    for descriptor in watched:
        assert has_ended(descriptor)
        os.close(descriptor)
    for abandoned in tmp_path.iterdir():
        shutil.rmtree(abandoned)


def has_ended(descriptor: int) -> bool:
    """Whether the process behind a pidfd ends within some seconds."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(10_000))


async def fetch(server: RealServer, name: str) -> object:
    """A ConfigMap of the default namespace."""
    async with server.session() as session:
        answer = await Api(session).get(f"{COLLECTION}/{name}")
    assert answer.status == 200
    return answer.body
