"""What a Kustomization waits for: what it depends on, and its own objects, on both API servers."""

from __future__ import annotations

from datetime import datetime

import pytest

from shared.manifest.identity import Manifest, metadata, text
from tests.journeys.audit import audit, owned
from tests.journeys.journey import Journey, ready_of
from tests.journeys.scene import another, deployment, directory, page, pages, there

pytestmark = [pytest.mark.journey, pytest.mark.slow]


async def test_what_others_depend_on_comes_first(journey: Journey) -> None:
    infrastructure = directory(journey, {"bad.yaml": "kind: [", "base.yaml": page("base")}, "infra")
    journey.repository.push({**infrastructure, **pages(journey, {"page": "Shop"})})
    await journey.apply(another(journey, "infra", path="./infra"))

    await journey.follow(dependsOn=[{"name": "infra"}])
    found = await journey.until_unready(f"{journey.namespace}/infra is not ready")

    assert ready_of(found)["reason"] == "DependencyNotReady"
    assert await there(journey, ["page", "base"]) == set()

    revision = journey.repository.push({"infra/bad.yaml": page("not-bad")})
    await journey.until_applied(revision)

    assert await made_at(journey, "base") <= await made_at(journey, "page")
    assert await ready_since(journey, "infra") <= await ready_since(journey, "apps")
    await audit(journey)


async def test_those_that_depend_on_each_other_say_so(journey: Journey) -> None:
    revision = journey.repository.push(pages(journey, {"page": "Shop"}))
    await journey.apply(another(journey, "infra", path="./apps", dependsOn=[{"name": "apps"}]))

    await journey.follow(dependsOn=[{"name": "infra"}])
    await journey.until_unready("a circle")

    assert await owned(journey) == set()
    await journey.client.delete(journey.ref("Kustomization", "infra"))
    await journey.until_gone("Kustomization", "infra")
    await journey.change("Kustomization", "apps", {"spec": {"dependsOn": None}})
    await journey.until_applied(revision)
    await audit(journey)


async def test_a_workload_that_does_not_become_ready_is_named(journey: Journey) -> None:
    # Nothing ever runs on the real server; on the embedded one this tag cannot be pulled.
    files = {"shop.yaml": deployment("shop:broken", 1), "page.yaml": page("page")}
    journey.repository.push(directory(journey, files))

    await journey.follow(wait=True, timeout="1s")
    found = await journey.until_unready(f"Deployment/{journey.namespace}/shop")

    assert ready_of(found)["reason"] == "HealthCheckFailed"
    assert "ConfigMap" not in ready_of(found)["message"]
    assert condition_of(found, "Healthy")["status"] == "False"
    await audit(journey)

    revision = journey.repository.push({"apps/shop.yaml": deployment("shop:1", 0)})
    found = await journey.until_applied(revision)
    assert condition_of(found, "Healthy")["status"] == "True"
    await audit(journey)


async def test_health_is_what_an_expression_says(journey: Journey) -> None:
    revision = journey.repository.push(pages(journey, {"page": "Shop"}))
    served = {"apiVersion": "v1", "kind": "ConfigMap", "current": "data.state == 'served'"}
    await journey.follow(wait=True, timeout="2s", healthCheckExprs=[served])
    found = await journey.until_unready("spec.healthCheckExprs[0].current")

    assert ready_of(found)["reason"] == "HealthCheckFailed"
    assert "Key not found" in ready_of(found)["message"]

    await journey.change("ConfigMap", "page", {"data": {"state": "served"}})
    found = await journey.until_applied(revision)

    assert condition_of(found, "Healthy")["status"] == "True"
    await audit(journey)


async def test_a_dependency_is_ready_when_its_expression_says_so(journey: Journey) -> None:
    files = {
        **directory(journey, {"bad.yaml": "kind: ["}, "infra"),
        **pages(journey, {"page": "Shop"}),
    }
    revision = journey.repository.push(files)
    await journey.apply(another(journey, "infra", path="./infra"))
    expression = "dep.metadata.?labels['stage'].orValue('') == self.metadata.labels['stage']"
    await journey.follow(dependsOn=[{"name": "infra", "readyExpr": expression}])
    await journey.until_unready("spec.dependsOn[0].readyExpr")

    for name in ("apps", "infra"):
        await journey.change("Kustomization", name, {"metadata": {"labels": {"stage": "live"}}})
    await journey.change("Kustomization", "apps", {"spec": {"interval": "9m"}})
    await journey.until_applied(revision)

    assert await there(journey, ["page"]) == {"page"}
    await audit(journey)


async def test_an_expression_that_cannot_be_read_stalls(journey: Journey) -> None:
    revision = journey.repository.push(pages(journey, {"page": "Shop"}))
    await journey.follow(dependsOn=[{"name": "infra", "readyExpr": "dep.status.ready =="}])
    found = await journey.until_unready("spec.dependsOn[0].readyExpr: cannot read")

    assert ready_of(found)["reason"] == "InvalidCELExpression"
    assert condition_of(found, "Stalled")["status"] == "True"
    assert await owned(journey) == set()

    await journey.change("Kustomization", "apps", {"spec": {"dependsOn": None}})
    await journey.until_applied(revision)
    await audit(journey)


async def test_a_newer_revision_ends_the_wait_for_an_older_one(journey: Journey) -> None:
    journey.repository.push(directory(journey, {"shop.yaml": deployment("shop:broken", 1)}))
    await journey.follow(wait=True, timeout="5m")

    async def applied() -> bool:
        return await journey.find("Deployment", "shop") is not None

    await journey.until(applied, "the first revision is applied")
    revision = journey.repository.push({"apps/shop.yaml": deployment("shop:1", 0)})
    await journey.until_applied(revision)

    await audit(journey)


def condition_of(manifest: Manifest, kind: str) -> dict[str, str]:
    """A condition of an object; empty where it has none of the type."""
    status = manifest.get("status")
    conditions = status.get("conditions") if isinstance(status, dict) else None
    return next((one for one in conditions or () if one["type"] == kind), {})


async def made_at(journey: Journey, name: str) -> datetime:
    """When a ConfigMap was made, to the second."""
    found = await journey.find("ConfigMap", name)
    return datetime.fromisoformat(text(metadata(found or {}), "creationTimestamp"))


async def ready_since(journey: Journey, name: str) -> datetime:
    """When a Kustomization became Ready, to the second."""
    found = await journey.find("Kustomization", name)
    return datetime.fromisoformat(condition_of(found or {}, "Ready")["lastTransitionTime"])
