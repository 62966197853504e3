"""Buckets that mean no good, and stores that misbehave (reliability-security.md T-08, F-49)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from source_controller.bucketry import visit as visiting
from source_controller.bucketry.index import MOST_BYTES
from tests.fake.certificates import Authority, server_context
from tests.fake.object_store import BadS3, error, listed, record, serving, tag_of
from tests.source_controller.test_bucket import World, revision, said, world


@asynccontextmanager
async def bad(tmp_path: Path, store: BadS3, **spec: object) -> AsyncIterator[World]:
    async with serving(store.answer) as at, world(tmp_path, endpoint=at, **spec) as found:
        yield found


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("../../x", "x"),
        ("/abs/y", "abs/y"),
        ("a/../../../z", "z"),
        ("a//b", "a/b"),
        ("./c/./d", "c/d"),
        ("..", None),
        ("a\\b", None),
        ("a\0b", None),
        ("x" * 5_000, None),
        ("d/" * 300 + "e", None),
    ],
)
async def test_a_key_never_leads_out_of_the_artifact(tmp_path, key, path):
    async with bad(tmp_path, BadS3({key: b"1", "good": b"2"})) as found:
        status = await found.attend()

        if path is None:
            assert said(status)["Ready"][:2] == ("False", "BucketOperationFailed")
            assert (
                "can be no file: rename it, or leave it out by spec.ignore"
                in (said(status)["Ready"][2])
            )
            assert len(said(status)["Ready"][2]) < 500
        else:
            assert await found.files(status) == {path: b"1", "good": b"2"}
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("a", "a/b"), "object 'a' would be a file, and a directory for 'a/b'"),
        (("a/b", "a//b"), "would be one file, 'a/b'"),
        (("x/../a", "a"), "would be one file, 'a'"),
        (("d/../.sourceignore", "b"), "would be one file, '.sourceignore'"),
    ],
)
async def test_objects_that_cannot_be_side_by_side_are_named(tmp_path, keys, message):
    async with bad(tmp_path, BadS3(dict.fromkeys(keys, b"1"))) as found:
        assert message in said(await found.attend())["Ready"][2]

        status = await found.attend(ignore=f"/{keys[1]}\n/d/")
        assert said(status)["Ready"][0] in {"True", "False"}


async def test_keys_that_end_in_a_slash_are_no_objects(tmp_path):
    async with bad(tmp_path, BadS3({"a/": b"", "a/b": b"1", "/": b""})) as found:
        assert await found.files(await found.attend()) == {"a/b": b"1"}


async def test_an_object_that_goes_between_listing_and_fetching_is_left_out(tmp_path):
    store = BadS3({"a": b"1", "b": b"2"}, gives={"b": None})
    async with bad(tmp_path, store) as found:
        status = await found.attend()

        assert await found.files(status) == {"a": b"1"}
        assert status["artifact"]["revision"] == revision(a="1")


async def test_an_object_that_changes_meanwhile_is_indexed_as_it_came(tmp_path):
    store = BadS3({"a": b"1", "b": b"2"}, gives={"b": b"3"})
    async with bad(tmp_path, store) as found:
        status = await found.attend()

        assert await found.files(status) == {"a": b"1", "b": b"3"}
        assert status["artifact"]["revision"] == revision(a="1", b="3")


async def test_a_listing_that_lags_behind_does_not_make_an_artifact_anew(tmp_path):
    store = BadS3({"a": b"1"}, gives={"a": b"2"})
    async with bad(tmp_path, store) as found:
        first = await found.attend()
        second = await found.attend()

        assert second["artifact"] == first["artifact"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda _: listed([record("a", "x")], "same"), "listing has no end"),
        (lambda _: listed([record("a", "x")], truncated=True), "listing has no end"),
        (lambda _: "<html>", "no XML"),
        (lambda _: "", "no XML"),
        (lambda _: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        (lambda _: "<a>" * 50 + "</a>" * 50, "too deep"),
        (lambda _: listed([record("k" * 20_000, "x")]), "too long"),
        (lambda _: "x" * (33 << 20), "too great a length"),
    ],
)
async def test_a_listing_that_is_none_is_refused(tmp_path, answer, message):
    async with bad(tmp_path, BadS3(listing=answer)) as found:
        status = await found.attend()

        assert said(status)["Ready"][:2] == ("False", "BucketOperationFailed")
        assert message in said(status)["Ready"][2]


@pytest.mark.slow
async def test_a_million_keys_end_at_a_limit(tmp_path):
    def million(query: dict[str, str]) -> str:
        start = int(query.get("continuation-token", "0"))
        keys = range(start, start + int(query["max-keys"]))
        records = [record(f"some/directory/{number:07}", "d" * 32) for number in keys]
        return listed(records, str(start + len(records)) if start < 1_000_000 else "")

    async with bad(tmp_path, BadS3(listing=million), timeout="10m") as found:
        status = await found.attend()

    assert "there are more than 250000 objects that are not ignored" in said(status)["Ready"][2]


async def test_objects_that_are_too_large_are_not_fetched(tmp_path):
    store = BadS3({"huge": b"1"}, sizes={"huge": MOST_BYTES + 1})
    async with bad(tmp_path, store) as found:
        status = await found.attend()

    assert "the objects have more than 1024 MiB" in said(status)["Ready"][2]
    assert not any("/huge" in path for path in store.requests)


async def test_an_ignore_file_without_an_end_is_refused(tmp_path):
    store = BadS3({".sourceignore": b"x"}, endless=True)
    async with bad(tmp_path, store) as found:
        status = await found.attend()

    assert "'.sourceignore' is larger than 1048576 bytes" in said(status)["Ready"][2]


async def test_a_store_that_is_busy_is_asked_again_and_not_for_ever(tmp_path):
    store = BadS3({"a": b"1"}, busy=2)
    async with bad(tmp_path, store) as found:
        found_now = await found.attend()
        store.busy = 100
        later = await found.attend()

    assert said(found_now)["Ready"][0] == "True"
    assert "the object store answers 503" in said(later)["Ready"][2]
    assert later["artifact"] == found_now["artifact"]


async def test_an_answer_that_is_cut_short_is_asked_for_again(tmp_path):
    text = b"0123456789" * 10_000
    store = BadS3({"a": text})
    async with bad(tmp_path, store) as found:
        store.gives[".sourceignore"] = None
        store.cut = 2
        status = await found.attend()

        assert await found.files(status) == {"a": text}


async def test_a_store_that_is_silent_is_given_up_at_the_time_limit(tmp_path):
    async with bad(tmp_path, BadS3(silent=True), timeout="200ms") as found:
        status = await found.attend()

    assert said(status)["Ready"][:2] == ("False", "BucketOperationFailed")
    assert "no end after 200ms: see spec.timeout" in said(status)["Ready"][2]


async def test_so_many_objects_are_fetched_at_once_and_no_more(tmp_path):
    store = BadS3({f"f{number}": b"x" * 1_000 for number in range(200)})
    async with bad(tmp_path, store) as found:
        status = await found.attend()

        assert len(await found.files(status)) == 200
    assert 1 < store.most <= visiting.AT_ONCE


async def test_a_bucket_that_lets_anybody_in_is_shown_nothing(tmp_path):
    store = BadS3({"a": b"1"})
    async with bad(tmp_path, store) as found:
        await found.attend()

    assert not any("Authorization" in headers for headers in store.headers)


async def test_a_bucket_of_another_region_is_asked_there(tmp_path):
    store = BadS3({"a": b"1"})

    async def elsewhere(request: web.BaseRequest) -> web.StreamResponse:
        if "/eu-west-9/s3/aws4_request" not in request.headers["Authorization"]:
            headers = {"x-amz-bucket-region": "eu-west-9"}
            return web.Response(status=400, text=error("WrongRegion"), headers=headers)
        return await store.answer(request)

    async with (
        serving(elsewhere) as at,
        world(tmp_path, endpoint=at, secretRef={"name": "good"}) as found,
    ):
        assert await found.files(await found.attend()) == {"a": b"1"}


async def test_credentials_are_signed_with_and_never_sent(tmp_path):
    store = BadS3({"a": b"1"})
    async with bad(tmp_path, store, secretRef={"name": "good"}) as found:
        found.secrets["good"] = {"accesskey": "AKID", "secretkey": "c4n4ry-secret"}
        await found.attend()

    assert all("AWS4-HMAC-SHA256" in headers["Authorization"] for headers in store.headers)
    assert "c4n4ry" not in str(store.headers) + str(store.requests)


async def test_a_store_that_leads_elsewhere_is_not_followed(tmp_path):
    stranger = BadS3({"a": b"1"})
    async with serving(stranger.answer) as elsewhere:

        async def moved(_):
            return web.Response(status=307, headers={"Location": f"http://{elsewhere}/files"})

        async with serving(moved) as address, world(tmp_path, endpoint=address) as found:
            status = await found.attend()

    assert "the object store answers 307" in said(status)["Ready"][2]
    assert stranger.requests == []


async def test_words_of_the_store_are_cut_and_kept_on_one_line(tmp_path):
    async def rude(_):
        return web.Response(status=400, text=error("Bad\nCode").replace("as it is", "x\n" * 5_000))

    async with serving(rude) as address, world(tmp_path, endpoint=address) as found:
        message = said(await found.attend())["Ready"][2]

    assert "\n" not in message
    assert len(message) < 600


async def test_the_tag_of_the_answer_counts_and_not_that_of_the_listing(tmp_path):
    def lies(_: dict[str, str]) -> str:
        return listed([record("a", "lie")])

    store = BadS3({"a": b"1"}, listing=lies)
    async with bad(tmp_path, store) as found:
        first = await found.attend()

    assert first["artifact"]["revision"] == revision(a="1")
    assert tag_of(b"1") != "lie"


async def test_the_loop_is_not_held_up(tmp_path):
    def page(query: dict[str, str]) -> str:
        start = int(query.get("continuation-token", "0"))
        keys = range(start, start + int(query["max-keys"]))
        records = [record(f"{number}", "d") for number in keys]
        return listed(records, str(start + len(records)) if start < 20_000 else "")

    late = 0.0

    async def watch() -> None:
        nonlocal late
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            late = max(late, loop.time() - before - 0.01)

    async with (
        bad(tmp_path, BadS3(listing=page), ignore="/*") as found,
        asyncio.TaskGroup() as tasks,
    ):
        watching = tasks.create_task(watch())
        status = await found.attend()
        watching.cancel()

    assert said(status)["Ready"][0] == "True"
    assert late < 1.0


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


CERTIFICATE = {"certSecretRef": {"name": "tls"}, "insecure": False}


async def test_a_server_is_trusted_by_the_authority_of_the_secret_and_asks_who_we_are(
    tmp_path, authority
):
    ours = authority.sign("us")
    context = server_context(authority.sign(), tmp_path, authority.certificate)
    async with (
        serving(BadS3({"a": b"1"}).answer, context) as address,
        world(tmp_path, endpoint=address, **CERTIFICATE) as found,
    ):
        found.secrets["tls"] = {
            "ca.crt": authority.certificate,
            "tls.crt": ours.certificate,
            "tls.key": ours.key,
        }
        status = await found.attend()

        assert await found.files(status) == {"a": b"1"}


@pytest.mark.parametrize(
    ("spec", "days", "trusts", "message"),
    [
        ({"insecure": False}, 1, True, "is not trusted"),
        (CERTIFICATE, -1, True, "certificate has expired"),
        (CERTIFICATE, 1, False, "is not trusted"),
    ],
)
async def test_a_server_that_is_not_trusted_is_told_nothing(
    tmp_path, authority, spec, days, trusts, message
):
    context = server_context(authority.sign(days=days), tmp_path)
    store = BadS3({"a": b"1"})
    async with (
        serving(store.answer, context) as address,
        world(tmp_path, endpoint=address, secretRef={"name": "good"}, **spec) as found,
    ):
        trusted = authority if trusts else Authority("another")
        found.secrets["tls"] = {"ca.crt": trusted.certificate}
        status = await found.attend()

    assert said(status)["Ready"][:2] == ("False", "BucketOperationFailed")
    assert message in said(status)["Ready"][2]
    assert store.requests == []


async def test_plain_http_is_not_spoken_unless_it_is_asked_for(tmp_path):
    store = BadS3({"a": b"1"})
    async with bad(tmp_path, store, insecure=False) as found:
        status = await found.attend()

    assert said(status)["Ready"][0] == "False"
    assert store.requests == []


async def test_a_disk_that_takes_nothing_is_no_fault_of_the_bucket(tmp_path):
    async with bad(tmp_path, BadS3({"a": b"1"})) as found:
        good = await found.attend()
        (tmp_path / "scratch").rmdir()
        (tmp_path / "scratch").write_text("in the way")

        status = await found.attend(ignore="b")

        assert said(status)["Ready"] == (
            "False",
            "DirectoryCreationFailed",
            "failed to create temporary working directory: File exists",
        )
        assert said(status)["StorageOperationFailed"][0] == "True"
        assert "FetchFailed" not in said(status)
        assert status["artifact"] == good["artifact"]
        (tmp_path / "scratch").unlink()


async def test_an_object_that_the_disk_does_not_take_is_no_fault_of_the_bucket(tmp_path):
    store = BadS3({"a": b"1"})
    async with bad(tmp_path, store) as found:

        def in_the_way(query: dict[str, str]) -> str:
            [place] = (tmp_path / "scratch").iterdir()
            (place / "0").mkdir(exist_ok=True)
            return listed([record("a", tag_of(b"1"))])

        store.listing = in_the_way
        status = await found.attend()

    assert said(status)["Ready"][:2] == ("False", "ArchiveOperationFailed")
    assert said(status)["StorageOperationFailed"][0] == "True"
    assert str(tmp_path) not in said(status)["Ready"][2]


async def test_a_proxy_is_gone_through_and_shown_who_we_are(tmp_path):
    store, seen = BadS3({"a": b"1"}), []

    async def proxy(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((request.raw_path, request.headers.get("Proxy-Authorization", "")))
        return await store.answer(request.clone(rel_url=URL(request.raw_path).relative()))

    async with (
        serving(proxy) as at,
        world(tmp_path, endpoint="s3.invalid", proxySecretRef={"name": "proxy"}) as found,
    ):
        found.secrets["proxy"] = {"address": f"http://{at}", "username": "u", "password": "p"}
        status = await found.attend()

        assert await found.files(status) == {"a": b"1"}

    assert all(path.startswith("http://s3.invalid/files") for path, _ in seen)
    assert {shown for _, shown in seen} == {"Basic dTpw"}
