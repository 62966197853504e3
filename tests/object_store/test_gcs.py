"""Google Cloud Storage, as a server of ours answers by its documentation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from shared.object_store.error import AccessRefused, NoSuchBucket, NoSuchObject, ObjectStoreError
from shared.object_store.gcs import GcsBucket
from shared.object_store.line import Reach, opened
from shared.object_store.thing import Listed
from tests.fake.clock import ManualClock
from tests.fake.object_store import Gcs, serving


@asynccontextmanager
async def bucket(server: Gcs, name: str = "files", token: str = "t") -> AsyncIterator[GcsBucket]:
    async with serving(server.answer) as address, opened(Reach(), ManualClock()) as line:
        yield GcsBucket(line, name, token, f"http://{address}")


async def listed(store: GcsBucket, prefix: str = "") -> dict[str, Listed]:
    return {one.key: one async for page in store.listing(prefix) for one in page}


async def content(store: GcsBucket, one: Listed) -> tuple[bytes, str]:
    async with store.fetch(one) as incoming:
        return b"".join([piece async for piece in incoming.pieces]), incoming.tag


def objects(**texts: str) -> dict[str, tuple[bytes, int]]:
    return {name: (text.encode(), 7) for name, text in texts.items()}


async def test_what_is_in_a_bucket_is_listed_page_by_page_and_fetched():
    odd = {f"d/{n} +%ö": str(n) for n in range(5)}
    async with bucket(Gcs(objects(**odd), token="t")) as store:
        await store.check()
        found = await listed(store)
        fetched = {key: await content(store, one) for key, one in found.items()}

    assert fetched == {key: (text.encode(), "CJ7=") for key, text in odd.items()}


async def test_only_what_is_below_a_prefix_is_listed():
    async with bucket(Gcs(objects(**{"a/1": "", "b/1": ""}))) as store:
        assert set(await listed(store, "a/")) == {"a/1"}


async def test_an_object_that_changes_meanwhile_comes_with_its_own_tag():
    server = Gcs(objects(a="one"), moves={"a": (b"two", 8)})
    async with bucket(server) as store:
        found = await listed(store)

        assert await content(store, found["a"]) == (b"two", "CJ8=")


async def test_an_object_that_goes_meanwhile_is_said():
    async with bucket(Gcs(objects(a="one"), moves={"a": None})) as store:
        found = await listed(store)

        with pytest.raises(NoSuchObject):
            await content(store, found["a"])


async def test_one_that_was_not_listed_is_looked_up_first():
    async with bucket(Gcs(objects(a="one"))) as store:
        assert await content(store, Listed("a", "", 0)) == (b"one", "CJ7=")
        with pytest.raises(NoSuchObject):
            await content(store, Listed("nowhere", "", 0))


async def test_a_bucket_that_is_not_there_is_said():
    async with bucket(Gcs(), "nowhere") as store:
        with pytest.raises(NoSuchBucket, match="The specified bucket does not exist"):
            await store.check()


@pytest.mark.parametrize("name", ["", "A", "../x", "a/b", "x" * 300])
async def test_a_name_that_can_be_none_is_not_asked_for(name):
    server = Gcs()
    async with bucket(server, name) as store:
        with pytest.raises(ObjectStoreError, match="there can be no bucket"):
            await store.check()
    assert server.requests == []


async def test_who_is_not_let_in_is_told():
    async with bucket(Gcs(token="other"), token="c4n4ry") as store:
        with pytest.raises(AccessRefused, match="Invalid Credentials") as failure:
            await store.check()

        assert "c4n4ry" not in str(failure.value) + repr(store)


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"items": 1, "nextPageToken": "x"}'])
async def test_what_is_no_answer_is_refused_and_has_an_end(body):
    async def odd(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=body)

    async with serving(odd) as address, opened(Reach(), ManualClock()) as line:
        store = GcsBucket(line, "files", "", f"http://{address}")
        with pytest.raises(ObjectStoreError, match=r"no JSON object|has no end"):
            await listed(store)
