"""kubectl follows rollouts, waits for them and takes them back."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiserver.server import Server
from tests.apiserver.test_kubectl import KUBECTL, Kubectl

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine"),
]

SOON = "--timeout=30s"


@pytest.fixture
def kubectl(server: Server, tmp_path: Path) -> Kubectl:
    """The command."""
    return Kubectl(server, tmp_path)


def workload(kind: str, image: str, more: str = "") -> str:
    return f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: web, annotations: {{kubernetes.io/change-cause: "{image}"}}}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  {more}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers: [{{name: web, image: "{image}"}}]
"""


IMAGE = "jsonpath={.spec.template.spec.containers[0].image}"


@pytest.mark.parametrize(
    ("kind", "more", "word"),
    [
        ("Deployment", "replicas: 2", "successfully rolled out"),
        ("StatefulSet", "replicas: 2\n  serviceName: web", "roll out complete"),
        ("DaemonSet", "", "successfully rolled out"),
    ],
)
async def test_a_rollout_is_followed_listed_and_taken_back(
    kubectl: Kubectl, kind: str, more: str, word: str
):
    name = f"{kind.lower()}/web"
    for image in ("app:1", "app:2", "app:3"):
        await kubectl("apply", "-f", "-", text=workload(kind, image, more))
        followed = await kubectl("rollout", "status", name, SOON)

    listed = await kubectl("rollout", "history", name)
    second = await kubectl("rollout", "history", name, "--revision=2")
    await kubectl("rollout", "undo", name)
    await kubectl("rollout", "status", name, SOON)
    back = await kubectl("get", name, "-o", IMAGE)
    await kubectl("rollout", "undo", name, "--to-revision=1")
    await kubectl("rollout", "status", name, SOON)
    first = await kubectl("get", name, "-o", IMAGE)

    assert word in followed
    rows = [line.split() for line in listed.splitlines()[2:] if line]
    assert rows == [["1", "app:1"], ["2", "app:2"], ["3", "app:3"]]
    assert "app:2" in second
    assert (back, first) == ("app:2", "app:1")


async def test_a_rollout_stands_still_and_goes_on(kubectl: Kubectl):
    await kubectl("apply", "-f", "-", text=workload("Deployment", "app:1"))
    await kubectl("rollout", "status", "deploy/web", SOON)

    await kubectl("rollout", "pause", "deploy/web")
    await kubectl("set", "image", "deploy/web", "web=app:2")
    held = await kubectl("get", "rs", "-o", "jsonpath={.items[*].spec.template.spec..image}")
    await kubectl("rollout", "resume", "deploy/web")
    await kubectl("rollout", "status", "deploy/web", SOON)
    await kubectl("rollout", "restart", "deploy/web")
    followed = await kubectl("rollout", "status", "deploy/web", SOON)

    assert held == "app:1"
    assert "successfully rolled out" in followed


async def test_a_rollout_that_fails_ends_the_command(kubectl: Kubectl):
    broken = workload("Deployment", "app:broken", "progressDeadlineSeconds: 2")
    await kubectl("apply", "-f", "-", text=broken)

    with pytest.raises(AssertionError, match="exceeded its progress deadline"):
        await kubectl("rollout", "status", "deploy/web", SOON)


JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
"""
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: c}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


async def test_what_becomes_ready_can_be_waited_for(kubectl: Kubectl):
    everything = "---".join([workload("Deployment", "app:1"), JOB, CLAIM])
    await kubectl("apply", "-f", "-", text=everything)

    waits = [
        await kubectl("wait", "--for=condition=Available", "deploy/web", SOON),
        await kubectl("wait", "--for=condition=Complete", "job/j", SOON),
        await kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/c", SOON),
        await kubectl("wait", "--for=condition=Ready", "pod", "-l", "app=web", SOON),
    ]
    await kubectl("delete", "deploy", "web", "--wait=false")
    gone = await kubectl("wait", "--for=delete", "pod", "-l", "app=web", SOON)

    assert all("met" in each for each in waits)
    assert gone == "" or "met" in gone


async def test_a_crashing_pod_shows_how_it_goes(kubectl: Kubectl):
    await kubectl("apply", "-f", "-", text=workload("Deployment", "app:1"))
    await kubectl("annotate", "deploy/web", "apiserver.penstock.dev/simulate=failed")
    reason = "{.items[0].status.containerStatuses[0].state.waiting.reason}"
    await kubectl("wait", "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}="
        "CrashLoopBackOff", "pod", "-l", "app=web", SOON)  # fmt: skip

    told = await kubectl("get", "pods", "-o", f"jsonpath={reason}")
    shown = await kubectl("get", "pods", "--no-headers")

    assert told == "CrashLoopBackOff"
    assert shown.split()[1:3] == ["0/1", "CrashLoopBackOff"]
