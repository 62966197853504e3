"""Lists in pages, on both API servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api
from tests.servers import ApiServer

NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture
async def path(api: Api, namespace: str) -> str:
    """A collection of five, under a label of their own."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for name in NAMES:
        metadata = {"name": name, "labels": {"five": "yes"}}
        await api.post(path, {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata})
    return path


def names(body: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


async def test_a_list_comes_in_pages_of_one_moment(api: Api, path: str):
    first = await api.get(path, limit="2", labelSelector="five")
    token = first.body["metadata"]["continue"]
    await api.delete(f"{path}/d")
    second = await api.get(path, limit="9", labelSelector="five", **{"continue": token})

    assert names(first.body) == ["a", "b"]
    assert names(second.body) == ["c", "d", "e"]
    version = first.body["metadata"]["resourceVersion"]
    assert second.body["metadata"]["resourceVersion"] == version
    assert "continue" not in second.body["metadata"]


async def test_a_page_says_how_many_are_left_where_nothing_selects(api: Api, path: str):
    whole = await api.get(path)
    page = await api.get(path, limit="2")
    selected = await api.get(path, limit="2", labelSelector="five")

    assert page.body["metadata"]["remainingItemCount"] == len(whole.body["items"]) - 2
    assert "remainingItemCount" not in selected.body["metadata"]


async def test_a_list_of_an_exact_moment_shows_that_moment(api: Api, path: str):
    then = (await api.get(path)).body["metadata"]["resourceVersion"]
    await api.delete(f"{path}/a")

    exact = await api.get(
        path, resourceVersion=then, resourceVersionMatch="Exact", labelSelector="five"
    )

    assert names(exact.body) == NAMES


async def test_a_page_of_a_moment_that_is_forgotten_is_gone(
    api_server: ApiServer, api: Api, path: str
):
    first = await api.get(path, limit="2", labelSelector="five")
    await api.delete(f"{path}/e")
    await api_server.forget_history()

    token = first.body["metadata"]["continue"]
    second = await api.get(path, limit="2", labelSelector="five", **{"continue": token})

    assert second.status == 410
    assert second.body["reason"] == "Expired"
    assert second.body["message"].startswith("The provided continue parameter is too old")
