"""The server as a whole: its address, its restarts, its limits."""

from __future__ import annotations

import io

import aiohttp
import pytest
import yaml

from apiserver.body import LIMIT
from apiserver.reply import COMPRESS_FROM
from apiserver.server import Server
from tests.apiserver.wire import chunk, envelope, pair
from tests.contract.api import Api

PATH = "/api/v1/namespaces/default/configmaps"


def config_map(name: str, **data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


async def test_a_restart_keeps_the_address_and_the_state(server: Server, api: Api):
    url = server.url
    await api.post(PATH, config_map("a", x="y"))

    await server.stop_listening()
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.get(PATH)
    await server.start_listening()

    assert server.url == url
    assert (await api.get(f"{PATH}/a")).body["data"] == {"x": "y"}


async def test_a_restart_ends_watches_that_can_be_resumed(server: Server, api: Api):
    since = (await api.get(PATH)).body["metadata"]["resourceVersion"]
    async with api.watch(PATH, resourceVersion=since) as watch:
        await server.stop_listening()
        with pytest.raises((AssertionError, aiohttp.ClientError)):
            await watch.next()
    await server.start_listening()
    await api.post(PATH, config_map("a"))

    async with api.watch(PATH, resourceVersion=since) as watch:
        event = await watch.next()

    assert event["object"]["metadata"]["name"] == "a"


async def test_a_watch_from_before_a_compaction_is_told_that_it_is_gone(server: Server, api: Api):
    since = (await api.get(PATH)).body["metadata"]["resourceVersion"]
    await api.post(PATH, config_map("a"))
    server.compact()

    async with api.watch(PATH, resourceVersion=since) as watch:
        event = await watch.next()

    assert event["type"] == "ERROR"
    assert event["object"]["code"] == 410
    assert event["object"]["reason"] == "Expired"
    assert event["object"]["message"].startswith(f"too old resource version: {since}")


def test_the_kubeconfig_leads_to_the_server():
    config = yaml.safe_load(Server(port=8001).kubeconfig())

    assert config["clusters"][0]["cluster"]["server"] == "http://127.0.0.1:8001"
    assert config["current-context"] == config["contexts"][0]["name"]


async def test_a_body_that_is_too_big_is_refused(server: Server):
    body = io.BytesIO(b" " * (LIMIT + 1))
    async with (
        aiohttp.ClientSession(server.url) as session,
        session.post(PATH, data=body) as answer,
    ):
        refusal = await answer.json()

    assert answer.status == 413
    assert refusal["message"] == "Request entity too large: limit is 3145728"


async def test_a_big_answer_is_compressed(server: Server, api: Api):
    await api.post(PATH, config_map("big", text="x" * COMPRESS_FROM))

    async with (
        aiohttp.ClientSession(server.url) as session,
        session.get(f"{PATH}/big") as big,
        session.get(f"{PATH}/kube-root-ca.crt") as small,
    ):
        assert big.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in small.headers
        assert len((await big.json())["data"]["text"]) == COMPRESS_FROM


async def test_protobuf_is_read_and_json_answered(api: Api):
    body = envelope("v1", "ConfigMap", chunk(1, chunk(1, "a")) + pair(2, "k", "v"))

    answer = await api.ask("POST", PATH, {}, body, "application/vnd.kubernetes.protobuf")

    assert answer.status == 201
    assert answer.body["data"] == {"k": "v"}


async def test_who_one_claims_to_be_is_accepted(server: Server):
    headers = {"Authorization": "Bearer x", "Impersonate-User": "someone"}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as session,
        session.get(PATH) as answer,
    ):
        assert answer.status == 200


FAIRNESS = "X-Kubernetes-PF-FlowSchema-UID"


@pytest.mark.parametrize(
    "path",
    ["/api/v1/namespaces", "/version", "/api/v1/nowhere", f"{PATH}/none", f"{PATH}?watch=1"],
)
async def test_every_answer_says_that_the_server_sees_to_fairness(server: Server, path: str):
    session = aiohttp.ClientSession(server.url)
    async with session, session.get(path) as answer:
        assert FAIRNESS in answer.headers
        answer.close()
