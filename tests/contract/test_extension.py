"""What extends a server: an APIService is accepted, and said to be unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.api import PATIENCE, Api

SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


@pytest.fixture
async def name(api: Api, namespace: str) -> AsyncIterator[str]:
    """Of an APIService that is taken away again: discovery is slow while one is unavailable."""
    name = f"v1.{namespace}.test"
    yield name
    await api.delete(f"{SERVICES}/{name}")


async def available(api: Api, name: str) -> dict[str, Any]:
    """The condition Available of an APIService, once there is one."""
    async with asyncio.timeout(PATIENCE):
        while True:
            status = (await api.get(f"{SERVICES}/{name}")).body.get("status", {})
            for condition in status.get("conditions", []):
                if condition["type"] == "Available":
                    return dict(condition)


async def test_an_api_service_without_its_service_is_unavailable(
    api: Api, namespace: str, name: str
):
    service = {"name": "none", "namespace": namespace}
    spec = {
        "group": f"{namespace}.test",
        "version": "v1",
        "service": service,
        "groupPriorityMinimum": 100,
        "versionPriority": 10,
        "insecureSkipTLSVerify": True,
    }
    kind = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"}
    body = kind | {"metadata": {"name": name}, "spec": spec}

    created = await api.post(SERVICES, body)
    condition = await available(api, name)

    assert created.status == 201
    assert created.body["spec"]["service"]["port"] == 443
    assert (condition["status"], condition["reason"]) == ("False", "ServiceNotFound")
    assert condition["message"] == f'service/none in "{namespace}" is not present'
