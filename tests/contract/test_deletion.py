"""Deletes: finalizers, owners, namespaces, definitions; on both API servers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.contract.api import PATIENCE, Api

FINALIZER = "example.test/wait"


@pytest.fixture
def path(namespace: str) -> str:
    """Where the config maps are."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def owned_by(owner: dict[str, Any]) -> list[dict[str, Any]]:
    metadata = owner["metadata"]
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": metadata["name"],
            "uid": metadata["uid"],
            "blockOwnerDeletion": True,
        }
    ]


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that controllers do."""
    async with asyncio.timeout(PATIENCE):
        while not await look():
            await asyncio.sleep(0.05)


async def gone(api: Api, path: str) -> None:
    """Wait until an object is no more."""

    async def look() -> bool:
        return (await api.get(path)).status == 404

    await until(look)


async def test_a_delete_answers_what_went(api: Api, path: str):
    made = await api.post(path, config_map("a"))

    answer = await api.delete(f"{path}/a")

    assert answer.status == 200
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": made.body["metadata"]["uid"]},
    }
    assert (await api.get(f"{path}/a")).status == 404


async def test_a_finalizer_holds_an_object_until_it_is_taken_off(api: Api, path: str):
    await api.post(path, config_map("a", finalizers=[FINALIZER]))

    deleted = await api.delete(f"{path}/a")
    again = await api.delete(f"{path}/a")
    more = await api.patch(f"{path}/a", {"metadata": {"finalizers": [FINALIZER, "x.test/y"]}})
    freed = await api.patch(f"{path}/a", {"metadata": {"finalizers": None}})

    assert deleted.body["kind"] == "ConfigMap"
    assert deleted.body["metadata"]["deletionTimestamp"]
    assert deleted.body["metadata"]["deletionGracePeriodSeconds"] == 0
    assert (
        again.body["metadata"]["resourceVersion"] == (deleted.body["metadata"]["resourceVersion"])
    )
    assert more.status == 422
    assert "no new finalizers can be added" in more.body["message"]
    assert freed.status == 200
    assert (await api.get(f"{path}/a")).status == 404


async def test_a_collection_is_deleted_as_it_is_selected(api: Api, path: str):
    await api.post(path, config_map("a", labels={"x": "1"}))
    await api.post(path, config_map("b"))

    answer = await api.ask("DELETE", path, {"labelSelector": "x"})

    assert answer.status == 200
    assert (await api.get(f"{path}/a")).status == 404
    assert (await api.get(f"{path}/b")).status == 200


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
async def test_what_is_owned_goes_with_its_owner(api: Api, path: str, policy: str):
    owner = (await api.post(path, config_map("owner"))).body
    await api.post(path, config_map("owned", ownerReferences=owned_by(owner)))

    await api.delete(f"{path}/owner", propagationPolicy=policy)

    await gone(api, f"{path}/owned")
    await gone(api, f"{path}/owner")


async def test_an_owner_in_another_namespace_is_none(api: Api, namespace: str, path: str):
    owner = (await api.post("/api/v1/namespaces/default/configmaps", config_map(namespace))).body
    near = (await api.post(path, config_map("owner"))).body

    await api.post(path, config_map("far", ownerReferences=owned_by(owner)))
    both = [*owned_by(owner), *owned_by(near)]
    await api.post(path, config_map("both", ownerReferences=both))

    await gone(api, f"{path}/far")
    assert (await api.get(f"{path}/both")).status == 200
    await api.delete(f"{path}/owner")
    await gone(api, f"{path}/both")
    await api.delete(f"/api/v1/namespaces/default/configmaps/{namespace}")


async def test_an_owner_waits_in_the_foreground_for_what_it_owns(api: Api, path: str):
    owner = (await api.post(path, config_map("owner"))).body
    owned = config_map("owned", ownerReferences=owned_by(owner), finalizers=[FINALIZER])
    await api.post(path, owned)

    deleted = await api.delete(f"{path}/owner", propagationPolicy="Foreground")

    async def is_terminating() -> bool:
        return "deletionTimestamp" in (await api.get(f"{path}/owned")).body["metadata"]

    await until(is_terminating)
    assert deleted.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert (await api.get(f"{path}/owner")).status == 200
    await api.patch(f"{path}/owned", {"metadata": {"finalizers": None}})
    await gone(api, f"{path}/owner")


async def test_an_orphan_stays_without_its_owner(api: Api, path: str):
    owner = (await api.post(path, config_map("owner"))).body
    await api.post(path, config_map("owned", ownerReferences=owned_by(owner)))

    await api.delete(f"{path}/owner", propagationPolicy="Orphan")

    await gone(api, f"{path}/owner")
    orphan = await api.get(f"{path}/owned")
    assert orphan.status == 200
    assert not orphan.body["metadata"].get("ownerReferences")


async def test_a_namespace_goes_with_all_that_is_in_it(api: Api, namespace: str, path: str):
    await api.post(path, config_map("a", finalizers=[FINALIZER]))

    deleted = await api.delete(f"/api/v1/namespaces/{namespace}")

    async def is_terminating() -> bool:
        return "deletionTimestamp" in (await api.get(f"{path}/a")).body["metadata"]

    await until(is_terminating)
    refused = await api.post(path, config_map("b"))
    assert deleted.body["status"]["phase"] == "Terminating"
    assert refused.status == 403
    assert refused.body["message"] == (
        f'configmaps "b" is forbidden: unable to create new content in namespace {namespace} '
        "because it is being terminated"
    )
    assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    await api.patch(f"{path}/a", {"metadata": {"finalizers": None}})
    await gone(api, f"/api/v1/namespaces/{namespace}")


async def test_a_namespace_is_furnished(api: Api, namespace: str):
    path = f"/api/v1/namespaces/{namespace}"

    async def is_furnished() -> bool:
        account = await api.get(f"{path}/serviceaccounts/default")
        authority = await api.get(f"{path}/configmaps/kube-root-ca.crt")
        return account.status == authority.status == 200

    await until(is_furnished)
    made = (await api.get(path)).body
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": namespace}
    assert made["spec"] == {"finalizers": ["kubernetes"]}
    assert made["status"] == {"phase": "Active"}


async def test_a_definition_is_withdrawn_with_its_objects(api: Api, namespace: str):
    schema = {"openAPIV3Schema": {"type": "object"}}
    group = f"{namespace}.test"
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"pins.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": "Pin", "plural": "pins"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    pins = f"/apis/{group}/v1/namespaces/{namespace}/pins"
    await api.post(definitions, definition)

    async def is_served() -> bool:
        return (await api.get(pins)).status == 200

    await until(is_served)
    established = (await api.get(f"{definitions}/pins.{group}")).body["status"]
    pin = {"apiVersion": f"{group}/v1", "kind": "Pin", "metadata": {"name": "a"}}
    await api.post(pins, pin)
    await api.delete(f"{definitions}/pins.{group}")
    await gone(api, f"{definitions}/pins.{group}")
    await gone(api, pins)

    assert {each["type"]: each["status"] for each in established["conditions"]} == {
        "NamesAccepted": "True",
        "Established": "True",
    }
    assert established["storedVersions"] == ["v1"]
    assert established["acceptedNames"]["singular"] == "pin"
