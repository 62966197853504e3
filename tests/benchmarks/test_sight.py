"""What is in an API server, seen by watching: on the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from benchmarks.api import Api
from benchmarks.process import RunError
from benchmarks.sight import Sight
from shared.manifest.identity import Manifest, section
from tests.servers import embedded

PATH = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with embedded() as server, server.session() as session:
        yield Api(session)


def config_map(name: str, word: str) -> Manifest:
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"is": word},
    }  # fmt: skip


def is_new(found: Manifest) -> bool:
    return section(found, "data").get("is") == "new"


async def test_the_moment_counts_at_which_the_last_of_them_fits(api: Api) -> None:
    await api.create(PATH, config_map("one", "new"))
    await api.create(PATH, config_map("two", "old"))
    sight = Sight(api.session, PATH)
    await sight.open()
    following = asyncio.create_task(sight.follow())

    first = await sight.until(["one"], is_new, told=str)
    waiting = asyncio.create_task(sight.until(["one", "two"], is_new, told=str))
    await api.patch(f"{PATH}/two", {"data": {"is": "new"}})
    assert await waiting > first
    gone = asyncio.create_task(sight.until_gone(["two"], told=str))
    await api.delete(f"{PATH}/two")
    assert await gone > first
    assert sight.find("two") is None

    following.cancel()


async def test_what_the_server_refuses_is_told(api: Api) -> None:
    with pytest.raises(RunError, match="name"):
        await api.create(PATH, config_map("No Name", "new"))


async def test_what_never_comes_to_be_is_told_with_the_last_words(api: Api) -> None:
    await api.create(PATH, config_map("late", "old"))
    sight = Sight(api.session, PATH, patience=0)
    await sight.open()

    with pytest.raises(RunError, match=r"such as late: \{\}\nthe last words"):
        await sight.until(["late"], is_new, told=lambda: "the last words")
