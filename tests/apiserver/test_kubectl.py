"""The kubectl of this machine, against the embedded server."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from apiserver.server import Server

KUBECTL = shutil.which("kubectl")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine"),
]

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1", ports: [{containerPort: 80}]}]
"""


class Kubectl:
    """Commands, in a home directory of their own."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._directory = directory
        (directory / "config").write_text(server.kubeconfig())

    async def __call__(self, *arguments: str, text: str = "") -> str:
        """Run a command. Answers what it printed; its failure is an AssertionError."""
        process = await asyncio.create_subprocess_exec(
            str(KUBECTL),
            *arguments,
            env={**os.environ, "KUBECONFIG": "config", "HOME": str(self._directory)},
            cwd=self._directory,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(text.encode())
        assert process.returncode == 0, err.decode()
        return out.decode()


@pytest.fixture
def kubectl(server: Server, tmp_path: Path) -> Kubectl:
    """The command."""
    return Kubectl(server, tmp_path)


async def test_a_workload_is_applied_followed_and_deleted(kubectl: Kubectl):
    created = await kubectl("apply", "-f", "-", text=WEB)
    again = await kubectl("apply", "-f", "-", text=WEB)
    rolled = await kubectl("rollout", "status", "deploy/web", "--timeout=20s")
    shown = await kubectl("get", "deploy,rs,pods", "--no-headers")
    described = await kubectl("describe", "deploy", "web")
    await kubectl("delete", "-f", "-", "--timeout=20s", text=WEB)

    assert created == "deployment.apps/web created\n"
    assert again == "deployment.apps/web unchanged\n"
    assert "successfully rolled out" in rolled
    assert [line.split()[0].split("/")[0] for line in shown.splitlines() if line] == [
        "deployment.apps", "replicaset.apps", "pod", "pod",
    ]  # fmt: skip
    assert "2 desired | 2 updated | 2 total | 2 available | 0 unavailable" in described


async def test_server_side_apply_and_its_conflicts(kubectl: Kubectl):
    await kubectl("apply", "--server-side", "-f", "-", text=WEB)
    await kubectl("scale", "deploy/web", "--replicas=3")

    with pytest.raises(AssertionError, match=r'conflict with "kubectl" with subresource "scale"'):
        await kubectl("apply", "--server-side", "-f", "-", text=WEB)
    forced = await kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=WEB)

    assert forced == "deployment.apps/web serverside-applied\n"


async def test_what_is_made_by_words_comes_as_protobuf(kubectl: Kubectl):
    await kubectl("create", "namespace", "team")
    await kubectl("create", "configmap", "c", "-n", "team", "--from-literal=a=b")
    await kubectl("create", "secret", "generic", "s", "-n", "team", "--from-literal=a=b")
    await kubectl("create", "deployment", "d", "-n", "team", "--image=i", "--replicas=0")
    await kubectl("label", "configmap", "c", "-n", "team", "x=y")
    await kubectl("annotate", "configmap", "c", "-n", "team", "x=y")

    data = await kubectl("get", "configmap", "c", "-n", "team", "-o", "jsonpath={.data.a}")
    secret = await kubectl("get", "secret", "s", "-n", "team", "-o", "jsonpath={.data.a}")
    replicas = await kubectl("get", "deploy", "d", "-n", "team", "-o", "jsonpath={.spec.replicas}")

    assert (data, secret, replicas) == ("b", "Yg==", "0")
    assert (await kubectl("auth", "can-i", "get", "pods")).strip() == "yes"
    assert "deleted" in await kubectl("delete", "namespace", "team", "--timeout=20s")


async def test_what_is_served_can_be_asked_for(kubectl: Kubectl):
    resources = await kubectl("api-resources", "--no-headers")
    explained = await kubectl("explain", "deployment.spec.replicas")
    version = await kubectl("version", "-o", "json")

    assert "deployments" in resources
    assert "FIELD: replicas <integer>" in explained
    assert '"gitVersion": "v1.36.3"' in version
