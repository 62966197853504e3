"""Kustomizations that are themselves in Git, applied by another one, on both API servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from shared.cluster.register import FINALIZER
from shared.manifest.identity import Manifest, metadata, section
from tests.journeys.audit import owned
from tests.journeys.journey import Journey
from tests.journeys.scene import Files, another, directory, page, there

pytestmark = [pytest.mark.journey, pytest.mark.slow]


async def test_one_that_is_applied_again_keeps_its_finalizer_and_what_it_has_applied(
    journey: Journey,
) -> None:
    journey.repository.push(inner(journey, interval="10m"))
    await journey.follow()
    await journey.until(lambda: journey.find("ConfigMap", "page"), "the inner one is applied")

    async with states(journey) as seen:
        revision = journey.repository.push(inner(journey, interval="20m"))
        await journey.until_applied(revision)
        await journey.until(lambda: renewed(journey), "the inner one is as it is in Git")

    states_of_inner = [one for one in seen if metadata(one)["name"] == "inner"]
    assert states_of_inner
    assert all(metadata(one).get("finalizers") == [FINALIZER] for one in states_of_inner)
    assert await there(journey, ["page"]) == {"page"}


async def test_one_that_leaves_git_takes_along_what_it_has_applied(journey: Journey) -> None:
    journey.repository.push({**inner(journey), "apps/other.yaml": page("other")})
    await journey.follow()
    await journey.until(lambda: journey.find("ConfigMap", "page"), "the inner one is applied")

    kustomization = {"namespace": journey.namespace, "resources": ["other.yaml"]}
    files = {"apps/inner.yaml": None, "apps/kustomization.yaml": json.dumps(kustomization)}
    revision = journey.repository.push(files)
    await journey.until_applied(revision)
    await journey.until_gone("Kustomization", "inner")

    assert await there(journey, ["page", "other"]) == {"other"}
    assert len(await owned(journey)) == 1


async def renewed(journey: Journey) -> bool:
    """Whether the inner one has been reconciled as it is now in Git."""
    found = await journey.find("Kustomization", "inner") or {}
    generation = section(found, "status").get("observedGeneration")
    return (
        section(found, "spec")["interval"] == "20m" and generation == metadata(found)["generation"]
    )


@asynccontextmanager
async def states(journey: Journey) -> AsyncIterator[list[Manifest]]:
    """The states that Kustomizations go through meanwhile."""
    kind, where = journey.ref("Kustomization", "inner").gvk, journey.namespace
    seen: list[Manifest] = []
    listing = await journey.client.list(kind, namespace=where)

    async def look() -> None:
        changes = journey.client.watch(kind, since=listing.resource_version, namespace=where)
        async with aclosing(changes):
            async for change in changes:
                seen.extend([change.object] if change.type == "MODIFIED" else [])

    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look())
        yield seen
        looking.cancel()


def inner(journey: Journey, **spec: object) -> Files:
    """A Kustomization in `apps`, of the directory `inner`."""
    kept = another(journey, "inner", path="./inner", **spec)
    outside = directory(journey, {"inner.yaml": json.dumps(kept)})
    return {**outside, **directory(journey, {"page.yaml": page("page")}, "inner")}
