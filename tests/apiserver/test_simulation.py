"""Workloads become ready by simulation, and fail by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from apiserver.server import Server
from tests.contract.api import PATIENCE, Api

APPS = "/apis/apps/v1/namespaces/default"
CORE = "/api/v1/namespaces/default"
JOBS = "/apis/batch/v1/namespaces/default/jobs"


def workload(kind: str, image: str = "app:1", **spec: Any) -> dict[str, Any]:
    containers = [{"name": "app", "image": image}]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}
    selector = {"matchLabels": {"app": "web"}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"selector": selector, "template": template, **spec},
    }


async def until(
    look: Callable[[], Awaitable[dict[str, Any]]], sees: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Wait until an object is as it should become."""
    async with asyncio.timeout(PATIENCE):
        while not sees(found := await look()):
            await asyncio.sleep(0)
    return found


def at(api: Api, path: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def look() -> dict[str, Any]:
        return (await api.get(path)).body

    return look


def condition(content: dict[str, Any], kind: str) -> dict[str, Any]:
    conditions = content.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), {})


def is_rolled_out(deployment: dict[str, Any]) -> bool:
    observed = deployment.get("status", {}).get("observedGeneration")
    progress = condition(deployment, "Progressing").get("reason")
    return observed == deployment["metadata"]["generation"] and progress == "NewReplicaSetAvailable"


async def names(api: Api, path: str) -> list[str]:
    return [item["metadata"]["name"] for item in (await api.get(path)).body["items"]]


async def test_a_deployment_becomes_available(api: Api):
    await api.post(f"{APPS}/deployments", workload("Deployment", replicas=2))

    found = await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)

    status = found["status"]
    counts = [status[f"{word}eplicas"] for word in ("r", "updatedR", "readyR", "availableR")]
    assert counts == [2, 2, 2, 2]
    assert condition(found, "Available")["status"] == "True"
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert len(await names(api, f"{CORE}/pods")) == 2


async def test_a_broken_image_leaves_the_old_pods_where_they_are(api: Api):
    await api.post(f"{APPS}/deployments", workload("Deployment"))
    await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)
    before = await names(api, f"{CORE}/pods")

    broken = workload("Deployment", "app:broken")["spec"]
    await api.patch(f"{APPS}/deployments/web", {"spec": broken})
    found = await until(
        at(api, f"{APPS}/deployments/web"),
        lambda each: each["status"]["observedGeneration"] == 2 and each["status"]["replicas"] == 2,
    )

    assert found["status"]["availableReplicas"] == 1
    assert condition(found, "Progressing")["reason"] == "ReplicaSetUpdated"
    pods = (await api.get(f"{CORE}/pods")).body["items"]
    assert set(before) < {pod["metadata"]["name"] for pod in pods}
    states = [pod["status"]["containerStatuses"][0]["state"] for pod in pods]
    reasons = [state["waiting"]["reason"] for state in states if "waiting" in state]
    assert reasons == ["ImagePullBackOff"]


async def test_a_rollout_that_takes_too_long_says_so(api: Api):
    content = workload("Deployment", "app:broken", progressDeadlineSeconds=1)
    await api.post(f"{APPS}/deployments", content | {"spec": content["spec"]})

    found = await until(
        at(api, f"{APPS}/deployments/web"),
        lambda each: condition(each, "Progressing").get("status") == "False",
    )

    assert condition(found, "Progressing")["reason"] == "ProgressDeadlineExceeded"
    assert condition(found, "Available")["status"] == "False"


async def test_a_rollback_takes_up_the_old_replica_set(api: Api):
    await api.post(f"{APPS}/deployments", workload("Deployment"))
    await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)
    for image in ("app:2", "app:1"):
        spec = workload("Deployment", image)["spec"]
        await api.patch(f"{APPS}/deployments/web", {"spec": spec})
        found = await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)

    sets = (await api.get(f"{APPS}/replicasets")).body["items"]
    assert sorted(each["spec"]["replicas"] for each in sets) == [0, 1]
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


async def test_a_stateful_set_starts_in_order_and_claims_its_volumes(api: Api):
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    content = workload("StatefulSet", replicas=2, serviceName="web", volumeClaimTemplates=[claim])
    await api.post(f"{APPS}/statefulsets", content)

    found = await until(
        at(api, f"{APPS}/statefulsets/web"),
        lambda each: each.get("status", {}).get("readyReplicas") == 2,
    )

    assert found["status"]["currentRevision"] == found["status"]["updateRevision"]
    assert await names(api, f"{CORE}/pods") == ["web-0", "web-1"]
    claims = (await api.get(f"{CORE}/persistentvolumeclaims")).body["items"]
    assert [each["metadata"]["name"] for each in claims] == ["data-web-0", "data-web-1"]
    await until(
        at(api, f"{CORE}/persistentvolumeclaims/data-web-1"),
        lambda each: each["status"]["phase"] == "Bound",
    )


async def test_a_daemon_set_has_a_pod_on_the_node(api: Api):
    await api.post(f"{APPS}/daemonsets", workload("DaemonSet"))

    found = await until(
        at(api, f"{APPS}/daemonsets/web"),
        lambda each: each.get("status", {}).get("numberAvailable") == 1,
    )

    assert found["status"]["desiredNumberScheduled"] == 1
    assert found["status"]["updatedNumberScheduled"] == 1


async def test_a_job_completes(api: Api):
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
    spec = {"completions": 3, "parallelism": 2, "template": {"spec": pod}}
    await api.post(
        JOBS, {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec}
    )

    found = await until(at(api, f"{JOBS}/j"), lambda each: bool(condition(each, "Complete")))

    assert found["status"]["succeeded"] == 3
    assert "active" not in found["status"]
    assert condition(found, "SuccessCriteriaMet")["status"] == "True"


async def test_a_job_that_another_controller_works_on_is_left_alone(api: Api):
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
    for name, spec in {"theirs": {"managedBy": "example.org/it"}, "ours": {}}.items():
        meta = {"name": name}
        whole = {**spec, "template": {"spec": pod}}
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": whole}
        await api.post(JOBS, job)

    await until(at(api, f"{JOBS}/ours"), lambda each: bool(condition(each, "Complete")))

    assert not (await api.get(f"{JOBS}/theirs")).body.get("status")


async def test_a_load_balancer_gets_an_address(api: Api):
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}
    await api.post(f"{CORE}/services", service)

    await until(
        at(api, f"{CORE}/services/s"),
        lambda each: bool(each["status"]["loadBalancer"].get("ingress")),
    )


async def test_without_simulation_a_workload_stays_as_it_was_written():
    import aiohttp

    async with Server(simulate=False) as server, aiohttp.ClientSession(server.url) as session:
        api = Api(session)
        await api.post(f"{APPS}/deployments", workload("Deployment"))
        for _ in range(5):
            found = (await api.get(f"{APPS}/deployments/web")).body

    assert found["status"] == {}


async def test_the_slice_of_a_service_names_the_pods_that_it_selects(api: Api):
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}
    await api.post(f"{CORE}/services", service)
    await api.post(f"{APPS}/deployments", workload("Deployment", replicas=2))

    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    found = await until(
        at(api, slices),
        lambda each: (
            sum(
                one["conditions"]["ready"]
                for item in each["items"]
                for one in item.get("endpoints") or ()
            )
            == 2
        ),
    )

    assert found["items"][0]["ports"] == [{"name": "", "protocol": "TCP", "port": 8080}]
    assert found["items"][0]["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert found["items"][0]["endpoints"][0]["targetRef"]["kind"] == "Pod"


async def test_a_budget_counts_the_pods_that_may_go(api: Api):
    spec = {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}
    metadata = {"name": "web"}
    kind = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget"}
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    await api.post(path, kind | {"metadata": metadata, "spec": spec})
    await api.post(f"{APPS}/deployments", workload("Deployment", replicas=3))

    found = await until(
        at(api, f"{path}/web"), lambda each: each.get("status", {}).get("currentHealthy") == 3
    )

    status = found["status"]
    assert (status["expectedPods"], status["desiredHealthy"]) == (3, 2)
    assert status["disruptionsAllowed"] == 1
    assert condition(found, "DisruptionAllowed")["status"] == "True"


async def test_a_condition_of_somebody_else_stays(api: Api):
    await api.post(f"{APPS}/deployments", workload("Deployment"))
    web = await until(at(api, f"{APPS}/deployments/web"), is_rolled_out)
    theirs = {"type": "Theirs", "status": "True", "reason": "Asked", "message": ""}
    conditions = [*web["status"]["conditions"], theirs]
    await api.patch(f"{APPS}/deployments/web/status", {"status": {"conditions": conditions}})

    await api.patch(f"{APPS}/deployments/web", {"spec": {"replicas": 3}})
    found = await until(
        at(api, f"{APPS}/deployments/web"),
        lambda each: each["status"].get("readyReplicas") == 3,
    )

    assert condition(found, "Theirs")["reason"] == "Asked"
