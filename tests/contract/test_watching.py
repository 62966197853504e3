"""Watches, on both API servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api, Watch

BOOKMARKS = {"allowWatchBookmarks": "true"}


def config_map(name: str, **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


@pytest.fixture
def path(namespace: str) -> str:
    """Where the config maps are."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


async def version(api: Api, path: str) -> str:
    return str((await api.get(path)).body["metadata"]["resourceVersion"])


async def told(watch: Watch, count: int) -> list[tuple[str, str]]:
    events = [await watch.next() for _ in range(count)]
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


async def test_a_watch_from_nowhere_begins_with_what_is_there(api: Api, path: str):
    await api.post(path, config_map("a", x="1"))

    async with api.watch(path, labelSelector="x") as watch:
        first = await told(watch, 1)
        await api.post(path, config_map("b", x="1"))
        second = await told(watch, 1)

    assert first == [("ADDED", "a")]
    assert second == [("ADDED", "b")]


async def test_an_object_comes_into_a_selection_and_drops_out_of_it(api: Api, path: str):
    await api.post(path, config_map("a", x="1"))
    since = await version(api, path)

    async with api.watch(path, labelSelector="x=2", resourceVersion=since) as watch:
        await api.patch(f"{path}/a", {"metadata": {"labels": {"x": "2"}}})
        await api.patch(f"{path}/a", {"metadata": {"labels": {"y": "2"}}})
        out = await api.patch(f"{path}/a", {"metadata": {"labels": {"x": "3"}}})
        events = [await watch.next() for _ in range(3)]

    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    last = events[-1]["object"]["metadata"]
    assert last["labels"] == {"x": "2", "y": "2"}
    assert last["resourceVersion"] == out.body["metadata"]["resourceVersion"]


async def test_a_stream_begins_with_a_list_that_a_bookmark_ends(api: Api, path: str):
    await api.post(path, config_map("a", x="1"))
    stream = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}

    async with api.watch(path, labelSelector="x", **stream, **BOOKMARKS) as watch:
        events = [await watch.next() for _ in range(2)]

    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    mark = events[1]["object"]
    assert mark["kind"] == "ConfigMap"
    assert mark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert int(mark["metadata"]["resourceVersion"]) >= int(
        events[0]["object"]["metadata"]["resourceVersion"]
    )


async def test_initial_events_need_to_say_how_old_they_may_be(api: Api, path: str):
    answer = await api.get(path, watch="true", sendInitialEvents="true")

    assert answer.status == 422
    assert answer.body["details"]["causes"][0]["field"] == "resourceVersionMatch"


@pytest.mark.slow
async def test_a_watch_ends_when_its_time_is_over(api: Api, path: str):
    since = await version(api, path)

    # A new namespace gets a ConfigMap of its own, sooner or later.
    nothing = {"fieldSelector": "metadata.name=nothing"}
    async with api.watch(path, resourceVersion=since, timeoutSeconds="1", **nothing) as watch:
        with pytest.raises(AssertionError, match="the watch ended"):
            await watch.next()


async def test_a_watch_may_be_of_metadata_alone(api: Api, path: str):
    since = await version(api, path)
    form = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

    async with api.watch(path, resourceVersion=since, accept=form) as watch:
        await api.post(path, config_map("a"))
        event = await watch.next()

    assert event["type"] == "ADDED"
    assert event["object"]["kind"] == "PartialObjectMetadata"
    assert event["object"]["metadata"]["name"] == "a"


async def test_a_watch_may_be_of_rows(api: Api, path: str):
    since = await version(api, path)
    form = "application/json;as=Table;g=meta.k8s.io;v=v1"

    async with api.watch(path, resourceVersion=since, accept=form) as watch:
        await api.post(path, config_map("a"))
        await api.delete(f"{path}/a")
        events = [await watch.next() for _ in range(2)]

    assert [event["type"] for event in events] == ["ADDED", "DELETED"]
    assert [event["object"]["kind"] for event in events] == ["Table", "Table"]
    assert events[0]["object"]["rows"][0]["cells"][:2] == ["a", 0]
    assert [bool(event["object"]["columnDefinitions"]) for event in events] == [True, False]


async def test_a_dry_run_is_no_event(api: Api, path: str):
    since = await version(api, path)

    async with api.watch(path, resourceVersion=since) as watch:
        await api.post(path, config_map("a"), dryRun="All")
        await api.post(path, config_map("b"))
        event = await told(watch, 1)

    assert event == [("ADDED", "b")]
