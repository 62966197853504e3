"""The audit log: what every request was, as both servers tell it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.api import PATIENCE
from tests.contract.identity import api_of
from tests.real.audit import Request
from tests.servers import ApiServer


@pytest.fixture
def api_server(guarded_server: ApiServer) -> ApiServer:
    return guarded_server


async def told(server: ApiServer, **about: Any) -> Request:
    """The one request that is like this; the real server's log may be a moment behind."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for each in await asyncio.to_thread(server.audit):
                if all(getattr(each, key) == value for key, value in about.items()):
                    return each
            await asyncio.sleep(0.05)


async def test_a_write_is_told_with_who_what_and_how_it_ended(
    api_server: ApiServer, namespace: str
):
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web/scale"
    async with api_of(api_server) as api:
        await api.patch(path, {}, dryRun="All")

    request = await told(api_server, namespace=namespace, verb="patch")

    assert (request.group, request.resource, request.name) == ("apps", "deployments/scale", "web")
    assert request.dry_run
    assert request.code == 404
    assert request.path == path


async def test_who_acts_as_another_is_told_as_both(api_server: ApiServer, namespace: str):
    user = f"{namespace}-jane"
    async with api_of(api_server, user=user) as api:
        await api.get(f"/api/v1/namespaces/{namespace}/pods")

    request = await told(api_server, impersonated=user)

    assert request.user.endswith("admin")
    assert (request.verb, request.resource, request.code) == ("list", "pods", 403)


async def test_a_watch_is_told_when_it_begins(api_server: ApiServer, namespace: str):
    path = f"/api/v1/namespaces/{namespace}/secrets"
    async with api_of(api_server) as api, api.watch(path):
        request = await told(api_server, namespace=namespace, verb="watch")

    assert (request.resource, request.code) == ("secrets", 200)


async def test_what_is_no_resource_is_told_by_its_path(api_server: ApiServer, namespace: str):
    async with api_of(api_server) as api:
        await api.get(f"/nowhere/{namespace}")

    request = await told(api_server, path=f"/nowhere/{namespace}")

    assert (request.verb, request.resource, request.code) == ("get", "", 404)
