from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from shared.api.artifact import Artifact
from shared.artifact.digest import digest_of
from shared.artifact.server import ArtifactServer
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store, Stored
from tests.fake.clock import NOON, ManualClock

PATH = "gitrepository/flux-system/apps/" + "a" * 40 + ".tar.gz"
OLD = PATH.replace("aaaa", "bbbb")
INDEX = "helmrepository/flux-system/apps/index-1.yaml"


class Offered(dict[str, Artifact]):
    def find(self, asked: str) -> Artifact | None:
        return self.get(asked)


def artifact(path: str, stored: Stored) -> Artifact:
    return Artifact(
        digest=stored.digest,
        last_update_time=NOON,
        path=path,
        revision="main@sha1:1",
        size=stored.size,
        url=f"http://here/{path}",
    )


@asynccontextmanager
async def served(tmp_path: Path) -> AsyncIterator[tuple[str, aiohttp.ClientSession, Store]]:
    store = Store(tmp_path / "data", ManualClock())
    stored = store.put(PATH, lambda sink: sink.write(b"0123456789"))
    store.put(INDEX, lambda sink: sink.write(b"{}"))
    store.put(OLD, lambda sink: sink.write(b"old"))
    (tmp_path / "secret").write_text("c4n4ry")
    paths = (PATH, "gitrepository/flux-system/apps", "gitrepository/a/b/link", "../secret", INDEX)
    offered = Offered({path: artifact(path, stored) for path in paths})
    offered["newest"] = offered[PATH]
    (store.root / "gitrepository/a/b").mkdir(parents=True)
    (store.root / "gitrepository/a/b/link").symlink_to(tmp_path / "secret")
    server = ArtifactServer(DiskStorage(store), offered, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
        running = tasks.create_task(server.run())
        yield f"http://127.0.0.1:{await server.port()}", session, store
        running.cancel()


async def test_what_is_on_offer_is_served(tmp_path):
    async with served(tmp_path) as (url, session, _), session.get(f"{url}/{PATH}") as response:
        assert response.status == 200
        assert await response.read() == b"0123456789"
        assert response.headers["Content-Type"] == "application/gzip"
        assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        OLD, "", "gitrepository", "gitrepository/flux-system/apps",
        "gitrepository/flux-system/apps/", "gitrepository/../../etc/passwd", "%2e%2e/secret",
        "../secret", "/etc/passwd",
        "gitrepository/a/b/link", f"{PATH}/", f"/{PATH}", f"x/../{PATH}", f"{PATH}%00",
    ],
)  # fmt: skip
async def test_nothing_else_is(tmp_path, path):
    async with (
        served(tmp_path) as (url, session, _),
        session.get(URL(f"{url}/{path}", encoded=True)) as response,
    ):
        assert response.status == 404
        assert "c4n4ry" not in await response.text()


async def test_a_file_that_is_on_offer_and_gone_is_not_found(tmp_path):
    async with served(tmp_path) as (url, session, store):
        store.discard(PATH)
        async with session.get(f"{url}/{PATH}") as response:
            assert response.status == 404


async def test_a_part_can_be_asked_for(tmp_path):
    async with (
        served(tmp_path) as (url, session, _),
        session.get(f"{url}/{PATH}", headers={"Range": "bytes=2-4"}) as response,
    ):
        assert (response.status, await response.read()) == (206, b"234")


@pytest.mark.parametrize("wanted", ["bytes=20-30", "bytes=0-1,3-4", "bytes=" + "0-," * 500])
async def test_parts_that_cannot_be_given_are_refused(tmp_path, wanted):
    async with (
        served(tmp_path) as (url, session, _),
        session.get(f"{url}/{PATH}", headers={"Range": wanted}) as response,
    ):
        assert response.status == 416


async def test_who_has_it_already_is_told_so(tmp_path):
    async with (
        served(tmp_path) as (url, session, _),
        session.head(f"{url}/{PATH}") as response,
    ):
        assert response.status == 200
        assert response.headers["Content-Length"] == "10"
        tag = response.headers["ETag"]
        assert tag == f'"{digest_of(b"0123456789")}"'
        assert response.headers["Last-Modified"] == "Thu, 01 Jan 2026 12:00:00 GMT"
        assert await response.read() == b""
        async with session.get(f"{url}/{PATH}", headers={"If-None-Match": tag}) as response:
            assert response.status == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_written(tmp_path, method):
    async with (
        served(tmp_path) as (url, session, _),
        session.request(method, f"{url}/{PATH}") as response,
    ):
        assert response.status == 405


async def test_an_address_that_is_taken_ends_the_server(tmp_path):
    async with served(tmp_path) as (url, _, store):
        second = ArtifactServer(DiskStorage(store), Offered(), "127.0.0.1", URL(url).port or 0)
        with pytest.raises(OSError, match="address already in use"):
            await second.run()


async def test_a_name_that_lasts_gives_what_is_on_offer_now(tmp_path):
    async with served(tmp_path) as (url, session, _), session.get(f"{url}/newest") as response:
        assert await response.read() == b"0123456789"


async def test_an_index_is_no_gzip(tmp_path):
    async with served(tmp_path) as (url, session, _), session.head(f"{url}/{INDEX}") as response:
        assert response.headers["Content-Type"] == "application/yaml"


async def test_what_has_changed_in_the_store_is_not_sent_to_its_end(tmp_path):
    async with served(tmp_path) as (url, session, store):
        store.path(PATH).write_bytes(b"tampered!!")

        with pytest.raises(aiohttp.ClientPayloadError):
            async with session.get(f"{url}/{PATH}") as response:
                await response.read()


async def test_of_a_large_artifact_that_has_changed_the_last_piece_is_held_back(tmp_path):
    async with served(tmp_path) as (url, session, store):
        store.path(PATH).write_bytes(bytes(600_000))
        received = bytearray()

        async def receive() -> None:
            async with session.get(f"{url}/{PATH}") as response:
                async for piece in response.content.iter_any():
                    received.extend(piece)

        with pytest.raises(aiohttp.ClientPayloadError):
            await receive()

        assert len(received) < 600_000


async def test_a_directory_in_place_of_a_file_is_not_found(tmp_path):
    async with served(tmp_path) as (url, session, store):
        store.path(PATH).unlink()
        store.path(PATH).mkdir()

        async with session.get(f"{url}/{PATH}") as response:
            assert response.status == 404


class Lagging(Offered):
    """Hears of an artifact when it has been asked for some times."""

    def __init__(self, offered: Offered, looks: int) -> None:
        super().__init__(offered)
        self.looks = looks

    def find(self, asked: str) -> Artifact | None:
        self.looks -= 1
        return super().find(asked) if self.looks < 0 else None


@pytest.mark.parametrize(("looks", "status"), [(0, 200), (5, 200), (1_000, 404)])
async def test_a_replica_waits_a_moment_for_the_news_of_what_another_stored(
    tmp_path, looks, status
):
    clock = ManualClock()
    store = Store(tmp_path, clock)
    stored = store.put(PATH, lambda sink: sink.write(b"0123456789"))
    offered = Lagging(Offered({PATH: artifact(PATH, stored)}), looks)
    server = ArtifactServer(DiskStorage(store), offered, "127.0.0.1", 0, clock)
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
        running = tasks.create_task(server.run())
        async with session.get(f"http://127.0.0.1:{await server.port()}/{PATH}") as response:
            assert response.status == status
        running.cancel()

    assert clock.monotonic() <= 2.01


async def test_for_what_can_be_no_artifact_nobody_waits(tmp_path):
    clock = ManualClock()
    server = ArtifactServer(DiskStorage(Store(tmp_path, clock)), Offered(), "127.0.0.1", 0, clock)
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
        running = tasks.create_task(server.run())
        async with session.get(f"http://127.0.0.1:{await server.port()}/favicon.ico") as response:
            assert response.status == 404
        running.cancel()

    assert clock.monotonic() == 0
