"""The main line, from a commit to the cluster and back, on both API servers.

Told twice: once undisturbed, and once with the controllers killed in the middle of every step.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest

from shared.manifest.identity import Manifest, section
from tests.journeys.audit import audit, owned
from tests.journeys.journey import Journey, ready_of, uid_of

pytestmark = [pytest.mark.journey, pytest.mark.slow]

KUSTOMIZATION = """\
resources:
  - deployment.yaml
  - page.yaml
configMapGenerator:
  - name: settings
    literals: [GREETING={greeting}]
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 0
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: shop
          image: shop:1
          envFrom:
            - configMapRef: {name: settings}
"""
PAGE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: page
data:
  title: {title}
"""
FIRST = {
    "apps/kustomization.yaml": KUSTOMIZATION.replace("{greeting}", "hello"),
    "apps/deployment.yaml": DEPLOYMENT,
    "apps/page.yaml": PAGE.replace("{title}", "Shop"),
}

Disturb = Callable[[Journey], Awaitable[None]]


async def leave_alone(journey: Journey) -> None:
    """Nothing happens to the controllers."""


async def stop_and_start(journey: Journey) -> None:
    """The controllers are told to stop, as when a node is drained."""
    await asyncio.sleep(0.05)
    await journey.controllers.restart(signal.SIGTERM)


async def kill(journey: Journey) -> None:
    """The controllers die without a word, as when memory runs out."""
    await asyncio.sleep(0.05)
    await journey.controllers.restart(signal.SIGKILL)


@pytest.mark.parametrize(
    "disturb", [leave_alone, stop_and_start, kill], ids=lambda one: one.__name__
)
async def test_a_commit_reaches_the_cluster_and_leaves_it_again(
    journey: Journey, disturb: Disturb
) -> None:
    bystander = await a_bystander(journey)
    await a_commit_is_seen_live(journey, disturb)
    await a_changed_object_is_changed_and_no_other(journey, disturb)
    await a_removed_object_is_pruned(journey, disturb)
    await broken_yaml_stops_nothing_that_runs(journey, disturb)
    await a_suspended_object_waits(journey, disturb)
    await what_is_deleted_takes_everything_along(journey, disturb)

    assert uid_of(await journey.find("ConfigMap", "bystander")) == uid_of(bystander)


async def a_bystander(journey: Journey) -> Manifest:
    """Somebody else's object, beside ours."""
    meta = {"name": "bystander", "namespace": journey.namespace}
    return await journey.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})


async def a_commit_is_seen_live(journey: Journey, disturb: Disturb) -> None:
    revision = journey.repository.push(in_namespace(journey, FIRST))
    await journey.follow(wait=True)
    await disturb(journey)

    found = await journey.until_applied(revision)

    assert ready_of(found)["message"] == f"Applied revision: {revision}"
    assert (await data_of(journey, "page"))["title"] == "Shop"
    assert await journey.find("Deployment", "shop")
    await audit(journey)


async def a_changed_object_is_changed_and_no_other(journey: Journey, disturb: Disturb) -> None:
    deployment = await journey.find("Deployment", "shop")
    page = PAGE.replace("{title}", "Sale")

    revision = journey.repository.push(in_namespace(journey, {"apps/page.yaml": page}))
    await disturb(journey)
    await journey.until_applied(revision)

    assert (await data_of(journey, "page"))["title"] == "Sale"
    assert await journey.find("Deployment", "shop") == deployment
    await audit(journey)


async def a_removed_object_is_pruned(journey: Journey, disturb: Disturb) -> None:
    less = FIRST["apps/kustomization.yaml"].replace("  - page.yaml\n", "")
    files: dict[str, str | None] = {"apps/page.yaml": None}

    revision = journey.repository.push(
        {**files, **in_namespace(journey, {"apps/kustomization.yaml": less})}
    )
    await disturb(journey)
    await journey.until_applied(revision)

    assert await journey.find("ConfigMap", "page") is None
    assert await journey.find("Deployment", "shop")
    await audit(journey)


async def broken_yaml_stops_nothing_that_runs(journey: Journey, disturb: Disturb) -> None:
    before = await owned(journey)

    journey.repository.push({"apps/deployment.yaml": "kind: [Deployment\n"})
    await disturb(journey)
    found = await journey.until_unready("deployment.yaml")

    assert ready_of(found)["reason"] == "BuildFailed"
    assert await owned(journey) == before
    await audit(journey)

    revision = journey.repository.push(
        in_namespace(journey, {"apps/deployment.yaml": DEPLOYMENT.replace("shop:1", "shop:2")})
    )
    await disturb(journey)
    await journey.until_applied(revision)
    await audit(journey)


async def a_suspended_object_waits(journey: Journey, disturb: Disturb) -> None:
    await journey.change("Kustomization", "apps", {"spec": {"suspend": True}})
    revision = journey.repository.push(
        in_namespace(journey, {"apps/deployment.yaml": DEPLOYMENT.replace("shop:1", "shop:3")})
    )
    await disturb(journey)
    await artifact_at(journey, revision)

    assert await image(journey) == "shop:2"

    await journey.change("Kustomization", "apps", {"spec": {"suspend": False}})
    await disturb(journey)
    await journey.until_applied(revision)

    assert await image(journey) == "shop:3"
    await audit(journey)


async def what_is_deleted_takes_everything_along(journey: Journey, disturb: Disturb) -> None:
    await journey.client.delete(journey.ref("Kustomization", "apps"))
    await disturb(journey)
    await journey.until_gone("Kustomization", "apps")

    async def nothing_is_left() -> bool:
        return not await owned(journey)

    await journey.until(nothing_is_left, "nothing is left of what was applied")
    await journey.client.delete(journey.ref("GitRepository", "apps"))
    await journey.until_gone("GitRepository", "apps")


async def artifact_at(journey: Journey, revision: str) -> None:
    """Wait until the source offers a revision."""

    async def offered() -> bool:
        found = await journey.find("GitRepository", "apps")
        return section(section(found or {}, "status"), "artifact").get("revision") == revision

    await journey.until(offered, f"the source offers {revision}")


async def image(journey: Journey) -> object:
    """The image that the Deployment runs."""
    found = await journey.find("Deployment", "shop")
    template = section(section(found or {}, "spec"), "template")
    containers = section(template, "spec")["containers"]
    assert isinstance(containers, list)
    return containers[0]["image"]


async def data_of(journey: Journey, name: str) -> Manifest:
    """The data of a ConfigMap."""
    return section(await journey.find("ConfigMap", name) or {}, "data")


def in_namespace(journey: Journey, files: dict[str, str]) -> dict[str, str]:
    """The files, with the namespace of the journey in the kustomization."""
    return {
        path: f"namespace: {journey.namespace}\n{text}" if "kustomization" in path else text
        for path, text in files.items()
    }
