"""A default in the status of a custom resource: who makes the object cannot write it, and everybody
sees it from the first answer on. What waits for health relies on it (`observedGeneration: -1`)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.api import PATIENCE, Answer, Api

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "defaulted.contract.test"
DEFAULT = {"observedGeneration": -1}


def definition() -> dict[str, Any]:
    status = {
        "type": "object",
        "default": DEFAULT,
        "properties": {"observedGeneration": {"type": "integer"}, "said": {"type": "string"}},
    }
    spec = {"type": "object", "properties": {"word": {"type": "string"}}}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"promises.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": "promises", "kind": "Promise"},
            "versions": [{**version, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def promise(**parts: Any) -> dict[str, Any]:
    meta = {"apiVersion": f"{GROUP}/v1", "kind": "Promise", "metadata": {"name": "a"}}
    return {**meta, "spec": {"word": "mine"}, **parts}


def is_served(answer: Answer) -> bool:
    """Whether a kind is. For a moment the real server lists nothing, of no version."""
    return answer.status == 200 and "resourceVersion" in answer.body["metadata"]


@pytest.fixture
async def path(api: Api, namespace: str) -> str:
    """The objects of the kind in a namespace of its own."""
    answer = await api.post(DEFINITIONS, definition())
    assert answer.status in (201, 409), answer.body
    path = f"/apis/{GROUP}/v1/namespaces/{namespace}/promises"
    async with asyncio.timeout(PATIENCE):
        while not is_served(await api.get(path)):
            await asyncio.sleep(0)
    return path


async def test_it_is_in_every_answer(api: Api, path: str) -> None:
    version = (await api.get(path)).body["metadata"]["resourceVersion"]

    shown = {"made": await api.post(path, promise(status={"said": "by whom may not"}))}
    shown["found"] = await api.get(f"{path}/a")
    shown["labelled"] = await api.patch(f"{path}/a", {"metadata": {"labels": {"a": "b"}}})
    shown["applied"] = await api.apply(f"{path}/a", promise(), "somebody", force="true")
    shown["replaced"] = await api.put(f"{path}/a", {**shown["applied"].body, "spec": {}})
    [listed] = (await api.get(path)).body["items"]
    async with api.watch(path, resourceVersion=version) as watch:
        seen = await watch.next()

    assert {name: answer.body.get("status") for name, answer in shown.items()} == dict.fromkeys(
        shown, DEFAULT
    )
    assert listed["status"] == DEFAULT
    assert seen["object"]["status"] == DEFAULT


async def test_it_is_there_for_those_that_are_applied_new(api: Api, path: str) -> None:
    made = await api.apply(f"{path}/a", promise(), "somebody")
    tried = await api.apply(f"{path}/b", promise(metadata={"name": "b"}), "x", dryRun="All")

    assert (made.status, made.body["status"]) == (201, DEFAULT)
    assert tried.body.get("status") == DEFAULT


async def test_it_is_not_what_anybody_owns(api: Api, path: str) -> None:
    made = await api.apply(f"{path}/a", promise(), "somebody")

    owned = [sorted(entry["fieldsV1"]) for entry in made.body["metadata"]["managedFields"]]
    assert owned == [["f:spec"]]


async def test_what_is_written_over_it_stays(api: Api, path: str) -> None:
    await api.post(path, promise())

    said = await api.patch(f"{path}/a/status", {"status": {"said": "yes"}})
    gone = await api.patch(f"{path}/a/status", {"status": None})

    assert said.body["status"] == {**DEFAULT, "said": "yes"}
    assert gone.body.get("status") == DEFAULT
