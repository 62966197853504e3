"""The real helm, against the embedded server: a chart with hooks and a definition."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apiserver.server import Server
from tests.contract.api import Api
from tests.peers import peer

pytestmark = pytest.mark.slow

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cups.tea.test}
spec:
  group: tea.test
  scope: Namespaced
  names: {kind: Cup, plural: cups}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
"""

TEMPLATES = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {colour: {{ .Values.colour }}}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: {{ .Values.image | quote }}}]}
---
apiVersion: tea.test/v1
kind: Cup
metadata: {name: {{ .Release.Name }}}
spec: {size: 3}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-before
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: before, image: "before:1"}]}
"""

FILES = {
    "Chart.yaml": "apiVersion: v2\nname: small\nversion: 0.1.0\n",
    "values.yaml": "replicas: 2\ncolour: blue\nimage: web:1\n",
    "crds/cup.yaml": DEFINITION,
    "templates/all.yaml": TEMPLATES,
}


@dataclass(frozen=True, slots=True)
class Helm:
    """Commands, in a home of their own, and the cluster that they change."""

    binary: Path
    home: Path
    api: Api

    async def __call__(self, *arguments: str) -> str:
        """Run a command. Answers what it printed; its failure is an AssertionError."""
        code, told = await self.run(*arguments)
        assert code == 0, told
        return told

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command: its exit code and what it printed."""
        variables = {"KUBECONFIG": str(self.home / "config"), "HOME": str(self.home)}
        process = await asyncio.create_subprocess_exec(
            str(self.binary),
            *arguments,
            env={**os.environ, **variables},
            cwd=self.home,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async def colour(self) -> str:
        """What the release has in its ConfigMap."""
        answer = await self.api.get("/api/v1/namespaces/default/configmaps/one")
        return str(answer.body.get("data", {}).get("colour", ""))

    async def history(self) -> list[tuple[int, str]]:
        """The revisions of the release and their states."""
        told: list[dict[str, Any]] = json.loads(await self("history", "one", "--output", "json"))
        return [(each["revision"], each["status"]) for each in told]


@pytest.fixture
async def helm(server: Server, api: Api, tmp_path: Path) -> Helm:
    """Helm, with a chart in `chart`."""
    binary = peer("helm")
    for name, content in FILES.items():
        path = tmp_path / "chart" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "config").write_text(server.kubeconfig())
    return Helm(binary, tmp_path, api)


WAITING = ("--wait", "--timeout", "30s")


async def test_a_release_is_installed_upgraded_rolled_back_and_uninstalled(helm: Helm):
    await helm("install", "one", "chart", *WAITING)
    first = await helm.colour()
    await helm("upgrade", "one", "chart", "--set", "colour=red,replicas=3", *WAITING)
    second = await helm.colour()
    await helm("rollback", "one", "1", *WAITING)
    third = await helm.colour()
    history = await helm.history()
    listed = json.loads(await helm("list", "--output", "json"))
    await helm("uninstall", "one", *WAITING)
    left = await helm.api.get("/api/v1/namespaces/default/configmaps/one")

    assert (first, second, third) == ("blue", "red", "blue")
    assert history == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    assert [each["name"] for each in listed] == ["one"]
    assert left.status == 404


async def test_hooks_have_run_and_custom_resources_are_there(helm: Helm):
    await helm("install", "one", "chart", *WAITING)

    job = await helm.api.get("/apis/batch/v1/namespaces/default/jobs/one-before")
    cup = await helm.api.get("/apis/tea.test/v1/namespaces/default/cups/one")
    assert job.body["status"]["succeeded"] == 1
    assert cup.body["spec"] == {"size": 3}


async def test_a_release_that_does_not_become_ready_is_rolled_back(helm: Helm):
    await helm("install", "one", "chart", *WAITING)

    code, told = await helm.run(
        "upgrade", "one", "chart", "--set", "colour=red,image=web:broken",
        "--rollback-on-failure", "--wait", "--timeout", "3s",
    )  # fmt: skip

    assert code != 0, told
    assert await helm.colour() == "blue"
    assert [each[1] for each in await helm.history()][-1] == "deployed"


async def test_a_release_that_the_server_refuses_fails_with_its_words(helm: Helm):
    code, told = await helm.run("install", "one", "chart", "--set", "replicas=-1")

    assert code != 0
    assert "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in told
