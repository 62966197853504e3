"""API servers stop, start and forget: what a client that lives on finds then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api
from tests.servers import ApiServer

pytestmark = pytest.mark.slow


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


async def test_what_was_written_is_there_after_a_restart(api_server: ApiServer, namespace: str):
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    async with api_server.session() as session:
        written = await Api(session).post(path, config_map("one"))

    async with api_server.down():
        pass

    async with api_server.session() as session:
        read = await Api(session).get(f"{path}/one")
        next_one = await Api(session).post(path, config_map("two"))
    assert read.body == written.body
    assert version_of(next_one.body) > version_of(written.body)


async def test_a_watch_from_a_forgotten_version_is_gone(api_server: ApiServer, namespace: str):
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    async with api_server.session() as session:
        old = await Api(session).post(path, config_map("one"))
        for number in range(3):
            await Api(session).patch(f"{path}/one", {"data": {"number": str(number)}})

    await api_server.forget_history()

    async with api_server.session() as session:
        since = {"resourceVersion": old.body["metadata"]["resourceVersion"]}
        async with Api(session).watch(path, **since) as changes:
            event = await changes.next()
    assert event["type"] == "ERROR"
    assert event["object"]["code"] == 410
    assert event["object"]["reason"] == "Expired"


def version_of(body: dict[str, Any]) -> int:
    return int(body["metadata"]["resourceVersion"])
