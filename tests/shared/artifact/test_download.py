from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from shared.api.artifact import Artifact
from shared.artifact.body import Body
from shared.artifact.digest import digest_of
from shared.artifact.download import Downloads, Terms
from shared.artifact.error import ArtifactAway, ArtifactError, ArtifactNotFound
from shared.artifact.tarball import Entry, pack
from tests.fake.clock import NOON, ManualClock


@dataclass
class Source:
    """Serves artifacts. `answers`: what comes before the artifact itself, an exception or a status;
    `gate`: when set, nobody is answered before it opens; `drips`: how long the wait for each byte
    is said to be; `cut`: after how many bytes the next answer breaks off."""

    downloads: Downloads
    clock: ManualClock
    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    gate: asyncio.Event | None = None
    asked: int = 0
    drips: timedelta | None = None
    cut: int = 0

    def offer(self, name: str = "a", **files: bytes) -> Artifact:
        self.files[name] = pack(Entry(path, content) for path, content in files.items())
        return Artifact(
            digest=digest_of(self.files[name]),
            last_update_time=NOON,
            path=name,
            revision="main@sha1:1",
            url=f"{self.url}/{name}",
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.gate:
            await self.gate.wait()
        if self.answers:
            status = self.answers.pop(0)
            return web.Response(status=status, headers={"Location": f"{self.url}/a"})
        if self.drips:
            return await self.dripped(request, self.drips)
        if self.cut:
            return await self.cut_off(request)
        return web.Response(body=self.files[request.match_info["name"]])

    async def cut_off(self, request: web.Request) -> web.StreamResponse:
        """The beginning, and then the connection breaks; once."""
        said = web.StreamResponse()
        content = self.files[request.match_info["name"]]
        said.content_length = len(content)
        await said.prepare(request)
        await said.write(content[: self.cut])
        self.cut = 0
        assert request.transport is not None
        request.transport.abort()
        return said

    async def dripped(self, request: web.Request, pause: timedelta) -> web.StreamResponse:
        """A byte now and then, for as long as somebody takes it."""
        said = web.StreamResponse()
        await said.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                await said.write(b"x")
                self.clock.advance(pause)
                await asyncio.sleep(0.001)
        return said


@asynccontextmanager
async def sourced(terms: Terms | None = None) -> AsyncIterator[Source]:
    clock = ManualClock()
    async with aiohttp.ClientSession() as session:
        source = Source(Downloads(session, clock, terms), clock)
        app = web.Application()
        app.router.add_get("/{name}", source.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        source.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield source
        finally:
            await runner.cleanup()


async def test_an_artifact_becomes_a_tree():
    async with sourced() as source:
        tree = await source.downloads.tree(source.offer(a=b"1", b=b"2"))

        assert dict(tree) == {"a": b"1", "b": b"2"}


async def test_it_is_fetched_once_however_many_ask_for_it_at_once():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.gate = asyncio.Event()

        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(source.downloads.tree(artifact)) for _ in range(20)]
            source.gate.set()

        assert source.asked == 1
        assert len({id(task.result()) for task in asked}) == 1


async def test_another_url_with_the_same_digest_is_the_same_artifact():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        await source.downloads.tree(artifact)

        await source.downloads.tree(artifact.model_copy(update={"url": "http://elsewhere/a"}))

        assert source.asked == 1


async def test_a_url_that_leads_nowhere_keeps_nobody_waiting_who_has_another_one():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        nowhere = artifact.model_copy(update={"url": "http://127.0.0.1:1/a"})

        failure, tree = await asyncio.gather(
            source.downloads.tree(nowhere),
            source.downloads.tree(artifact),
            return_exceptions=True,
        )

        assert isinstance(failure, ArtifactError)
        assert not isinstance(tree, BaseException)
        assert dict(tree) == {"a": b"1"}


async def test_when_the_first_to_ask_gives_up_the_next_one_fetches():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.gate = asyncio.Event()

        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(source.downloads.tree(artifact))
            second = tasks.create_task(source.downloads.tree(artifact))
            while not source.asked:
                await asyncio.sleep(0)
            first.cancel()
            source.gate.set()

        assert dict(second.result()) == {"a": b"1"}


async def test_who_waits_for_a_download_shares_its_failure():
    async with sourced(Terms(retries=0)) as source:
        artifact = source.offer(a=b"1")
        source.answers = [500]
        source.gate = asyncio.Event()

        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(_failure(source, artifact)) for _ in range(5)]
            source.gate.set()

        assert source.asked == 1
        assert {str(task.result()) for task in asked} == {
            f"failed to download {source.url}/a: the server answered 500"
        }
        source.clock.advance(timedelta(seconds=2))
        assert dict(await source.downloads.tree(artifact)) == {"a": b"1"}


async def test_what_may_pass_is_tried_again_after_growing_waits():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.answers = [503, 502, 429]

        await source.downloads.tree(artifact)

        assert source.asked == 4
        assert source.clock.monotonic() == 0.25 + 0.5 + 1


async def test_after_a_few_tries_who_asks_is_told_at_once():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.answers = [503] * 5
        for _ in range(3):
            with pytest.raises(ArtifactAway, match="the server answered 503") as away:
                await source.downloads.tree(artifact)
        assert source.asked == 4
        assert source.clock.monotonic() == 1.75
        assert (away.value.pause, away.value.lasting) == (timedelta(seconds=2), False)

        source.clock.advance(timedelta(seconds=2))
        with pytest.raises(ArtifactAway) as away:
            await source.downloads.tree(artifact)
        assert source.asked == 5
        assert away.value.pause == timedelta(seconds=4)

        source.clock.advance(timedelta(seconds=4))
        assert dict(await source.downloads.tree(artifact)) == {"a": b"1"}


async def test_a_server_that_is_away_is_so_for_all_of_its_artifacts():
    async with sourced() as source:
        one, two = (
            source.offer(name, a=name.encode()).model_copy(
                update={"url": f"http://127.0.0.1:1/{name}"}
            )
            for name in ("a", "b")
        )
        with pytest.raises(ArtifactAway):
            await source.downloads.tree(one)
        tries = source.downloads.fetches

        with pytest.raises(ArtifactAway, match=r"127\.0\.0\.1:1/a"):
            await source.downloads.tree(two)

        assert source.downloads.fetches == tries


async def test_what_one_artifact_is_not_well_for_keeps_no_other():
    async with sourced() as source:
        bad, good = source.offer("a", a=b"1"), source.offer("b", b=b"2")
        source.answers = [500] * 4
        with pytest.raises(ArtifactAway):
            await source.downloads.tree(bad)

        assert dict(await source.downloads.tree(good)) == {"b": b"2"}


async def test_while_somebody_asks_the_others_are_told_to_come_back():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        other = artifact.model_copy(update={"digest": digest_of(b"other")})
        source.answers = [503] * 4
        with pytest.raises(ArtifactAway):
            await source.downloads.tree(artifact)
        source.clock.advance(timedelta(seconds=2))
        source.gate = asyncio.Event()

        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(source.downloads.tree(artifact))
            while source.asked < 5:
                await asyncio.sleep(0)
            with pytest.raises(ArtifactAway) as away:
                await source.downloads.tree(other)
            source.gate.set()

        assert away.value.pause == timedelta(seconds=1)
        assert dict(asked.result()) == {"a": b"1"}


async def test_somebody_should_know_after_as_many_misses_as_the_flag_says():
    async with sourced(Terms(retries=2)) as source:
        artifact = source.offer(a=b"1")
        source.answers = [503] * 4
        lasting = []
        for _ in range(2):
            with pytest.raises(ArtifactAway) as away:
                await source.downloads.tree(artifact)
            lasting.append(away.value.lasting)
            source.clock.advance(away.value.pause)

        assert lasting == [False, True]


async def test_a_server_that_says_nothing_is_asked_once():
    async with sourced(Terms(silence=timedelta(milliseconds=50))) as source:
        artifact = source.offer(a=b"1")
        source.gate = asyncio.Event()

        with pytest.raises(ArtifactAway, match="no answer in time"):
            await source.downloads.tree(artifact)

        assert source.asked == 1
        source.gate.set()


async def test_an_answer_that_drips_keeps_nobody_busy():
    async with sourced(Terms(retries=0)) as source:
        artifact = source.offer(a=b"1")
        source.drips = timedelta(seconds=6)

        with pytest.raises(ArtifactAway, match="slower than 64 KiB a second"):
            await source.downloads.tree(artifact)


async def test_patience_ends():
    async with sourced(Terms(retries=3)) as source:
        artifact = source.offer(a=b"1")
        source.answers = [503] * 4

        with pytest.raises(ArtifactError, match="the server answered 503"):
            await source.downloads.tree(artifact)

        assert source.asked == 4


async def test_a_server_that_is_away_is_tried_again():
    async with sourced(Terms(retries=1)) as source:
        artifact = source.offer(a=b"1").model_copy(update={"url": "http://127.0.0.1:1/a"})

        with pytest.raises(ArtifactError, match="failed to download"):
            await source.downloads.tree(artifact)

        assert source.clock.monotonic() == 0.25


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_offered_any_more_is_not_found(status):
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.answers = [status]

        with pytest.raises(ArtifactNotFound, match="artifact not found"):
            await source.downloads.tree(artifact)

        assert source.asked == 1


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403])
async def test_redirects_and_refusals_are_not_followed(status):
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.answers = [status]

        with pytest.raises(ArtifactError, match=f"the server answered {status}"):
            await source.downloads.tree(artifact)

        assert source.asked == 1


@pytest.mark.parametrize("digest", ["", "sha256:" + "0" * 64, "sha1:" + "0" * 40, "sha256:0"])
async def test_nothing_is_read_that_does_not_fit_its_digest(digest):
    async with sourced() as source:
        artifact = source.offer(a=b"1").model_copy(update={"digest": digest})

        with pytest.raises(ArtifactError, match="digest"):
            await source.downloads.tree(artifact)

        assert source.downloads.kept == 0


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host/a", "http:///a", "http://user:c4n4ry@host/a", "", "a"],
)
async def test_where_artifacts_are_not_fetched_from(url):
    async with sourced() as source:
        artifact = source.offer(a=b"1").model_copy(update={"url": url})

        with pytest.raises(ArtifactError, match="is no URL of an artifact"):
            await source.downloads.tree(artifact)


async def test_only_servers_that_are_known_are_asked_where_they_are_named():
    async with sourced(Terms(hosts=frozenset({"source-controller:9090"}))) as source:
        artifact = source.offer(a=b"1")

        with pytest.raises(ArtifactError, match="no server of artifacts that is known here"):
            await source.downloads.tree(artifact)

        assert source.asked == 0


async def test_outside_the_cluster_artifacts_come_from_where_the_operator_says():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        here = Terms(localhost=artifact.url.removeprefix("http://").removesuffix("/a"))
        async with aiohttp.ClientSession() as session:
            downloads = Downloads(session, source.clock, here)
            far = artifact.model_copy(update={"url": "https://source-controller.flux-system/a"})

            assert dict(await downloads.tree(far)) == {"a": b"1"}


@pytest.mark.parametrize(
    ("host", "here", "watcher"),
    [
        ("source-watcher.flux-system.svc", "127.0.0.1:1", "{}"),
        ("source-watcher.flux-system.svc", "{}", ""),
        ("source-controller.flux-system.svc", "{}", "127.0.0.1:1"),
    ],
)
async def test_those_of_the_source_watcher_may_come_from_elsewhere(host, here, watcher):
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        place = artifact.url.removeprefix("http://").removesuffix("/a")
        terms = Terms(localhost=here.format(place), watcher_localhost=watcher.format(place))
        async with aiohttp.ClientSession() as session:
            downloads = Downloads(session, source.clock, terms)
            far = artifact.model_copy(update={"url": f"http://{host}/a"})

            assert dict(await downloads.tree(far)) == {"a": b"1"}


async def test_a_body_without_end_is_cut_off():
    async with sourced(Terms(fetched=100)) as source:
        artifact = source.offer(a=bytes(range(256)) * 4)

        with pytest.raises(ArtifactError, match="is larger than"):
            await source.downloads.tree(artifact)


async def test_a_server_that_says_nothing_is_given_up():
    async with sourced(Terms(retries=0, limit=timedelta(milliseconds=50))) as source:
        artifact = source.offer(a=b"1")
        source.gate = asyncio.Event()

        with pytest.raises(ArtifactError, match=r"no end after 0\.05s"):
            await source.downloads.tree(artifact)

        source.gate.set()


async def test_what_is_kept_is_bounded_and_the_oldest_use_goes_first():
    async with sourced(Terms(kept=2_700)) as source:
        one, two, three = (source.offer(name, x=name.encode() * 1_000) for name in "abc")
        await source.downloads.tree(one)
        await source.downloads.tree(two)
        await source.downloads.tree(one)
        await source.downloads.tree(three)
        assert source.downloads.kept <= 2_700
        source.asked = 0

        await source.downloads.tree(one)
        assert source.asked == 0
        await source.downloads.tree(two)
        assert source.asked == 1


async def test_what_was_dropped_is_fetched_again():
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        before = await source.downloads.tree(artifact)

        source.downloads.drop()

        assert dict(await source.downloads.tree(artifact)) == dict(before)
        assert source.asked == 2


async def _failure(source: Source, artifact: Artifact) -> ArtifactError:
    with pytest.raises(ArtifactError) as failure:
        await source.downloads.tree(artifact)
    return failure.value


async def test_an_artifact_can_be_written_to_the_disk_and_what_was_cut_off_is_not_in_it(tmp_path):
    async with sourced() as source:
        artifact = source.offer(a=os.urandom(3_000_000))
        source.cut = 2_000_000
        with (tmp_path / "packed").open("w+b") as file:
            file.write(b"what was there before")
            await source.downloads.into(artifact, file)

            assert (file.tell(), file.read()) == (0, source.files["a"])
        assert source.asked == 2


async def test_what_is_written_to_the_disk_has_to_fit_its_digest(tmp_path):
    async with sourced() as source:
        artifact = source.offer(a=b"1")
        source.offer(a=b"2")
        with (
            (tmp_path / "packed").open("w+b") as file,
            pytest.raises(ArtifactError, match="digest mismatch"),
        ):
            await source.downloads.into(artifact, file)


def test_a_disk_that_is_full_is_said():
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(ArtifactError, match="failed to keep what was fetched: No space"),
    ):
        Body(full, "sha256").take(b"something")
