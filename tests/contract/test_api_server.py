"""The first things that anyone asks of an API server, asked of the embedded and of a real one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.api import PATIENCE, Api

GADGETS = "gadgets.first.contract.test"


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def config_maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


def gadget_definition() -> dict[str, Any]:
    spec = {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer", "minimum": 1},
            "colour": {"type": "string", "default": "green"},
        },
    }
    schema = {"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    group = GADGETS.partition(".")[2]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": GADGETS},
        "spec": {
            "group": group,
            "names": {"kind": "Gadget", "plural": "gadgets"},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def gadget(name: str, **spec: object) -> dict[str, Any]:
    group = GADGETS.partition(".")[2]
    return {
        "apiVersion": f"{group}/v1",
        "kind": "Gadget",
        "metadata": {"name": name},
        "spec": spec,
    }


@pytest.fixture
async def gadgets(api: Api, namespace: str) -> str:
    """The collection of a kind of our own, once it is served."""
    path = f"/apis/{GADGETS.partition('.')[2]}/v1/namespaces/{namespace}/gadgets"
    await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", gadget_definition())
    async with asyncio.timeout(PATIENCE):
        while (await api.get(path)).status == 404:
            pass
    return path


async def test_discovery_names_groups_versions_and_resources(api: Api):
    core = await api.get("/api/v1")
    groups = await api.get("/apis")
    version = await api.get("/version")

    resources = {entry["name"]: entry for entry in core.body["resources"]}
    assert resources["configmaps"]["kind"] == "ConfigMap"
    assert resources["configmaps"]["namespaced"] is True
    assert {"create", "delete", "get", "list", "patch", "update", "watch"} <= set(
        resources["configmaps"]["verbs"]
    )
    assert resources["namespaces"]["namespaced"] is False
    assert {"apps", "rbac.authorization.k8s.io", "apiextensions.k8s.io"} <= {
        group["name"] for group in groups.body["groups"]
    }
    assert version.body["major"] == "1"


async def test_what_was_created_can_be_read_and_listed(api: Api, namespace: str):
    made = await api.post(config_maps(namespace), config_map("one", a="1"))

    read = await api.get(f"{config_maps(namespace)}/one")
    listed = await api.get(
        config_maps(namespace), labelSelector="!x", fieldSelector="metadata.name=one"
    )

    assert made.status == 201
    assert read.status == 200
    assert read.body == made.body
    assert read.body["data"] == {"a": "1"}
    assert read.body["metadata"]["namespace"] == namespace
    assert {"uid", "resourceVersion", "creationTimestamp"} <= set(read.body["metadata"])
    assert listed.body["kind"] == "ConfigMapList"
    assert [item["metadata"]["name"] for item in listed.body["items"]] == ["one"]


async def test_a_watch_tells_what_happened_after_the_list(api: Api, namespace: str):
    path = config_maps(namespace)
    await api.post(path, config_map("one", a="1"))
    listed = await api.get(path)
    since = {
        "resourceVersion": listed.body["metadata"]["resourceVersion"],
        "fieldSelector": "metadata.name=two",
    }
    async with api.watch(path, **since) as changes:
        await api.post(path, config_map("two", a="1"))
        await api.patch(f"{path}/two", {"data": {"a": "2"}})
        await api.delete(f"{path}/two")

        seen = [await changes.next() for _ in range(3)]

    assert [event["type"] for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    assert [event["object"]["data"]["a"] for event in seen] == ["1", "2", "2"]


async def test_what_is_not_there_is_answered_with_a_status_404(api: Api, namespace: str):
    answer = await api.get(f"{config_maps(namespace)}/nobody")

    assert answer.status == 404
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'configmaps "nobody" not found',
        "reason": "NotFound",
        "details": {"name": "nobody", "kind": "configmaps"},
        "code": 404,
    }


async def test_a_second_object_of_the_same_name_is_refused(api: Api, namespace: str):
    await api.post(config_maps(namespace), config_map("one"))

    answer = await api.post(config_maps(namespace), config_map("one"))

    assert answer.status == 409
    assert answer.body["reason"] == "AlreadyExists"
    assert answer.body["message"] == 'configmaps "one" already exists'


async def test_a_write_on_top_of_what_has_changed_meanwhile_is_a_conflict(api: Api, namespace: str):
    path = f"{config_maps(namespace)}/one"
    old = await api.post(config_maps(namespace), config_map("one", a="1"))
    await api.patch(path, {"data": {"a": "2"}})

    answer = await api.put(path, old.body)

    assert answer.status == 409
    assert answer.body["reason"] == "Conflict"
    assert answer.body["details"] == {"name": "one", "kind": "configmaps"}
    assert "the object has been modified" in answer.body["message"]


async def test_an_invalid_object_is_refused_with_its_causes(api: Api, namespace: str):
    answer = await api.post(config_maps(namespace), config_map("Not A Name"))

    assert answer.status == 422
    assert answer.body["reason"] == "Invalid"
    assert answer.body["details"]["kind"] == "ConfigMap"
    assert answer.body["details"]["name"] == "Not A Name"
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == ["metadata.name"]
    assert answer.body["details"]["causes"][0]["reason"] == "FieldValueInvalid"


async def test_apply_creates_and_owns_and_is_refused_what_another_owns(api: Api, namespace: str):
    path = f"{config_maps(namespace)}/shared"

    first = await api.apply(path, config_map("shared", a="1"), "first")
    again = await api.apply(path, config_map("shared", a="1"), "first")
    refused = await api.apply(path, config_map("shared", a="2"), "second")
    forced = await api.apply(path, config_map("shared", a="2", b="2"), "second", force="true")
    left = await api.apply(path, config_map("shared", b="2"), "second")

    assert (first.status, again.status, refused.status, forced.status) == (201, 200, 409, 200)
    assert again.body["metadata"]["resourceVersion"] == first.body["metadata"]["resourceVersion"]
    assert refused.body["reason"] == "Conflict"
    assert [cause["field"] for cause in refused.body["details"]["causes"]] == [".data.a"]
    assert 'conflict with "first"' in refused.body["details"]["causes"][0]["message"]
    assert forced.body["data"] == {"a": "2", "b": "2"}
    assert left.body["data"] == {"b": "2"}
    (entry,) = (e for e in left.body["metadata"]["managedFields"] if e["manager"] == "second")
    assert entry["operation"] == "Apply"
    assert entry["fieldsV1"] == {"f:data": {"f:b": {}}}


async def test_a_kind_of_our_own_is_defaulted_pruned_and_validated(api: Api, gadgets: str):
    made = await api.post(gadgets, gadget("one", size=1, weight=3))
    refused = await api.post(gadgets, gadget("two", size=0))
    strict = await api.post(gadgets, gadget("three", size=1, weight=3), fieldValidation="Strict")

    assert made.status == 201
    assert made.body["spec"] == {"size": 1, "colour": "green"}
    assert made.body["metadata"]["generation"] == 1
    assert refused.status == 422
    assert [cause["field"] for cause in refused.body["details"]["causes"]] == ["spec.size"]
    assert strict.status == 400
    assert 'unknown field "spec.weight"' in strict.body["message"]


async def test_the_status_of_a_kind_of_our_own_is_written_apart(api: Api, gadgets: str):
    made = await api.post(gadgets, {**gadget("one", size=1), "status": {}})

    path = f"{gadgets}/one"
    status = await api.patch(f"{path}/status", {"spec": {"size": 5}, "status": {}})
    spec = await api.patch(path, {"spec": {"size": 2}})

    assert "status" not in made.body
    assert status.body["spec"]["size"] == 1
    assert status.body["metadata"]["generation"] == 1
    assert spec.body["metadata"]["generation"] == 2
