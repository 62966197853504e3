"""The kubectl of this machine, against the embedded server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from apiserver.server import Server

WIDGETS = Path(__file__).parents[1] / "data/apiserver/exchange/widgets.definition"
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


class Differs(AssertionError):
    """What `kubectl diff` found."""


class Kubectl:
    """Commands, in a home directory of their own."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._directory = directory
        (directory / "config").write_text(server.kubeconfig())

    async def __call__(
        self, *arguments: str, text: str = "", more: dict[str, str] | None = None
    ) -> str:
        """Run a command, with `more` in its environment. Answers what it printed; its failure is
        an AssertionError."""
        process = await asyncio.create_subprocess_exec(
            str(KUBECTL),
            *arguments,
            env={
                **os.environ,
                "KUBECONFIG": "config",
                "HOME": str(self._directory),
                **(more or {}),
            },
            cwd=self._directory,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(text.encode())
        if arguments[0] == "diff" and process.returncode == 1:
            raise Differs(out.decode())
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


async def test_an_object_is_shown_in_every_form(kubectl: Kubectl):
    await kubectl("create", "configmap", "c", "--from-literal=a=b")

    forms = {
        "name": "configmap/c\n",
        "jsonpath={.data.a}": "b",
        "go-template={{.data.a}}": "b",
    }
    for form, shown in forms.items():
        assert await kubectl("get", "configmap", "c", "-o", form) == shown
    columns = "custom-columns=N:.metadata.name,A:.data.a"
    assert (await kubectl("get", "cm", "c", "-o", columns)).split() == ["N", "A", "c", "b"]
    assert json.loads(await kubectl("get", "configmap", "c", "-o", "json"))["data"] == {"a": "b"}
    whole = yaml.safe_load(await kubectl("get", "cm", "c", "-o", "yaml", "--show-managed-fields"))
    assert whole["metadata"]["managedFields"][0]["manager"] == "kubectl-create"
    wide = await kubectl("get", "configmaps", "-o", "wide", "--show-labels")
    assert wide.split("\n")[0].split() == ["NAME", "DATA", "AGE", "LABELS"]
    listed = await kubectl("get", "configmaps", "-A", "--sort-by=.metadata.name", "--no-headers")
    assert ["default", "c", "1"] in [line.split()[:3] for line in listed.splitlines()]


async def test_a_difference_is_shown_before_it_is_applied(kubectl: Kubectl):
    await kubectl("apply", "--server-side", "-f", "-", text=WEB)
    more = WEB.replace("replicas: 2", "replicas: 5")

    same = await kubectl("diff", "--server-side", "-f", "-", text=WEB)
    with pytest.raises(Differs, match=r"\+  replicas: 5"):
        await kubectl("diff", "--server-side", "-f", "-", text=more)
    with pytest.raises(Differs, match=r"\+  replicas: 5"):
        await kubectl("diff", "-f", "-", text=more)

    assert same == ""
    assert await kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "2"


async def test_an_object_is_edited_by_patches(kubectl: Kubectl, tmp_path: Path):
    await kubectl("apply", "-f", "-", text=WEB)

    await kubectl("patch", "deploy", "web", "-p", '{"spec": {"paused": true}}')
    merge = '{"metadata": {"labels": {"a": "b"}}}'
    await kubectl("patch", "deploy", "web", "--type=merge", "-p", merge)
    pointed = '[{"op": "replace", "path": "/spec/replicas", "value": 0}]'
    await kubectl("patch", "deploy", "web", "--type=json", "-p", pointed)
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/  replicas:.*/  replicas: 1/' \"$1\"\n")
    editor.chmod(0o700)
    edited = await kubectl("edit", "deploy", "web", more={"KUBE_EDITOR": str(editor)})

    shown = json.loads(await kubectl("get", "deploy", "web", "-o", "json"))
    assert edited == "deployment.apps/web edited\n"
    assert (shown["spec"]["paused"], shown["spec"]["replicas"]) == (True, 1)
    assert shown["metadata"]["labels"] == {"a": "b"}


async def test_one_waits_for_a_condition_and_for_the_end(kubectl: Kubectl):
    await kubectl("apply", "-f", "-", text=WEB)

    met = await kubectl("wait", "deploy/web", "--for=condition=Available", "--timeout=20s")
    await kubectl("wait", "deploy/web", "--for=jsonpath={.status.readyReplicas}=2", "--timeout=20s")
    await kubectl("delete", "deploy", "web", "--wait=false")
    await kubectl("wait", "deploy/web", "--for=delete", "--timeout=20s")

    assert met == "deployment.apps/web condition met\n"


@pytest.mark.parametrize(("cascade", "left"), [("background", 0), ("foreground", 0), ("orphan", 1)])
async def test_what_is_owned_goes_or_stays_as_asked(kubectl: Kubectl, cascade: str, left: int):
    await kubectl("apply", "-f", "-", text=WEB)
    await kubectl("rollout", "status", "deploy/web", "--timeout=20s")

    await kubectl("delete", "deploy", "web", f"--cascade={cascade}", "--timeout=20s")
    if not left:
        await kubectl("wait", "rs", "--all", "--for=delete", "--timeout=20s")

    sets = await kubectl("get", "rs", "-o", "name")
    assert len(sets.splitlines()) == left


async def test_a_rollout_is_told_of_undone_and_restarted(kubectl: Kubectl):
    await kubectl("apply", "-f", "-", text=WEB)
    await kubectl("set", "image", "deploy/web", "web=web:2")
    await kubectl("rollout", "status", "deploy/web", "--timeout=20s")
    history = await kubectl("rollout", "history", "deploy/web")
    await kubectl("rollout", "undo", "deploy/web")
    await kubectl("rollout", "restart", "deploy/web")
    await kubectl("rollout", "status", "deploy/web", "--timeout=20s")

    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert [line.split()[0] for line in history.splitlines()[2:] if line] == ["1", "2"]
    assert await kubectl("get", "deploy", "web", "-o", image) == "web:1"


async def test_kinds_of_ones_own_are_explained_and_listed(kubectl: Kubectl):
    await kubectl("apply", "-f", str(WIDGETS))
    await kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=20s")

    explained = await kubectl("explain", "widgets.spec.mode")
    within = await kubectl("explain", "widgets", "--recursive")
    names = await kubectl("api-resources", "--api-group=exchange.contract.test", "-o", "name")
    everything = await kubectl("api-resources", "--verbs=list", "--namespaced", "-o", "name")
    kinds = await kubectl("api-versions")

    assert "FIELD: mode <string>" in explained
    assert "How it works." in explained
    assert "parts\t<[]Object>" in within
    assert names == "widgets.exchange.contract.test\n"
    assert {"configmaps", "deployments.apps"} <= set(everything.splitlines())
    assert {"v1", "apps/v1", "exchange.contract.test/v1"} <= set(kinds.splitlines())


async def test_who_may_what_can_be_asked(kubectl: Kubectl):
    await kubectl("create", "serviceaccount", "robot")
    await kubectl("create", "role", "r", "--verb=get,list", "--resource=configmaps")
    await kubectl("create", "rolebinding", "b", "--role=r", "--serviceaccount=default:robot")

    me = await kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}")
    listed = await kubectl("auth", "can-i", "--list")
    token = await kubectl("create", "token", "robot")

    assert "system:masters" in me
    assert "*.*" in listed
    assert token.count(".") == 2
