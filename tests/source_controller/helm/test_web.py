"""What a repository is shown, and what is taken from it (reliability-security.md T-01, T-09)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from shared.oci.credential import Access as Way
from source_controller.helm.access import Access, bare
from source_controller.helm.index import ChartVersion
from source_controller.helm.problem import FetchProblem, HelmProblem, NoSuchChart, Unauthorised
from source_controller.helm.repository import IndexedRepository, Indexes
from source_controller.helm.web import Web
from tests.fake.certificates import Authority, server_context
from tests.fake.clock import ManualClock
from tests.fake.helm_repository import standing

KIB = 1024
WEB = Web(ManualClock())
BASIC = "Basic YWRhOmM0bjRyeQ=="


def ada(url: str) -> Access:
    return replace(bare(url), username="ada", password="c4n4ry")


async def test_an_index_is_fetched_as_it_is():
    async with standing() as there:
        there.add("web", "1.0.0")

        raw = await Indexes(WEB).raw(bare(f"{there.url}/"))

        assert raw == there.files["index.yaml"]
        assert there.asked == [("index.yaml", "")]


async def test_user_and_password_are_shown_to_the_repository():
    async with standing() as there:
        there.login = ("ada", "c4n4ry")

        await Indexes(WEB).raw(ada(there.url))
        await Indexes(WEB).raw(bare(there.url.replace("//", "//ada:c4n4ry@")))

        assert [said for _, said in there.asked] == [BASIC, BASIC]


@pytest.mark.parametrize("said", ["", "grace"])
async def test_who_is_not_let_in_is_told_so(said):
    async with standing() as there:
        there.login = ("ada", "c4n4ry")
        access = replace(ada(there.url), username=said)

        with pytest.raises(Unauthorised, match=r"failed to fetch http://.*: 401 Unauthorized"):
            await Indexes(WEB).raw(access)


async def fetched(access: Access, *urls: str) -> bytes:
    async def none(chart: str):
        return ()

    version = ChartVersion("web", "1.0.0", urls)
    return await IndexedRepository(access, WEB, none).download(version)


@pytest.mark.parametrize("everywhere", [False, True])
async def test_another_host_is_shown_them_only_where_that_is_wanted(everywhere):
    async with standing() as there, standing() as stranger:
        data = stranger.add("web", "1.0.0")
        access = replace(ada(there.url), everywhere=everywhere)

        assert await fetched(access, f"{stranger.url}/charts/web-1.0.0.tgz") == data

        assert stranger.asked == [("charts/web-1.0.0.tgz", BASIC if everywhere else "")]


async def test_a_redirect_to_another_port_takes_nothing_along():
    async with standing() as there, standing() as stranger:
        data = stranger.add("web", "1.0.0")
        target = f"{stranger.url}/charts/web-1.0.0.tgz"
        there.answers["x.tgz"] = web.Response(status=302, headers={"Location": target})

        assert await fetched(replace(ada(there.url), everywhere=True), "x.tgz") == data

        assert stranger.asked == [("charts/web-1.0.0.tgz", "")]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/x", "//[", "x\\y"]
)
async def test_a_redirect_leads_to_the_web_or_nowhere(target):
    async with standing() as there:
        there.answers["x.tgz"] = web.Response(status=302, headers={"Location": target})

        with pytest.raises(FetchProblem):
            await fetched(bare(there.url), "x.tgz")


async def test_redirects_have_an_end():
    async with standing() as there:
        for number in range(10):
            there.answers[str(number)] = web.Response(
                status=302, headers={"Location": f"/{number + 1}"}
            )

        with pytest.raises(FetchProblem, match="redirects more than"):
            await fetched(bare(there.url), "0")


@pytest.mark.parametrize(
    ("urls", "why"),
    [
        ((), "has no downloadable URLs"),
        (("file:///etc/passwd",), "neither an http nor an https URL"),
        (("ftp://127.0.0.1/x",), "neither an http nor an https URL"),
        (("gone.tgz",), "404 Not Found"),
        (("http://eve:x@127.0.0.1/x.tgz",), "no HTTP URL"),
    ],
)
async def test_a_chart_that_cannot_be_had_is_named(urls, why):
    async with standing() as there:
        with pytest.raises(FetchProblem, match=why):
            await fetched(bare(there.url), *urls)


async def test_a_chart_has_the_digest_that_the_index_states():
    async with standing() as there:
        there.add("web", "1.0.0")
        (entry,) = there.entries["web"]
        there.files["charts/web-1.0.0.tgz"] += b"x"

        async def none(chart: str):
            return ()

        version = ChartVersion(
            "web", "1.0.0", ("charts/web-1.0.0.tgz",), digest=str(entry["digest"])
        )
        with pytest.raises(FetchProblem, match="does not have the digest that the index states"):
            await IndexedRepository(bare(there.url), WEB, none).download(version)


async def test_what_is_too_large_is_not_taken_in():
    async with standing() as there:
        there.files["index.yaml"] = bytes(3 * 1024 * KIB)

        with pytest.raises(FetchProblem, match="is larger than 65536 bytes"):
            await Indexes(WEB, 64 * KIB).raw(bare(there.url))


async def test_what_is_encoded_though_nobody_asked_for_that_is_not_opened():
    async with standing() as there:
        there.answers["index.yaml"] = web.Response(body=b"x", headers={"Content-Encoding": "gzip"})

        with pytest.raises(FetchProblem, match="encodes"):
            await Indexes(WEB).raw(bare(there.url))


async def test_a_repository_that_does_not_answer_is_not_waited_for():
    held = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    access = replace(bare(f"http://127.0.0.1:{port}"), limit=timedelta(milliseconds=50))
    try:
        with pytest.raises(FetchProblem, match=r"no end after 0\.05s"):
            await Indexes(WEB).raw(access)
    finally:
        held.set()
        server.close()


async def test_an_authority_of_one_s_own_and_a_certificate_of_one_s_own(tmp_path):
    authority, stranger = Authority(), Authority("a stranger")
    server, client, other = authority.sign(), authority.sign("ada"), stranger.sign("eve")
    context = server_context(server, tmp_path, trusted=authority.certificate)
    async with standing(context) as there:

        async def index(way: Way) -> bytes:
            return await Indexes(WEB).raw(replace(bare(there.url), way=way))

        known = Way(authority=authority.certificate, certificate=client.certificate, key=client.key)
        assert await index(known) == there.files["index.yaml"]
        for way in (
            Way(certificate=client.certificate, key=client.key),
            replace(known, authority=stranger.certificate),
            replace(known, certificate="", key=""),
            replace(known, certificate=other.certificate, key=other.key),
        ):
            with pytest.raises(HelmProblem, match=r"TLS|SSL|ssl|reset|disconnected"):
                await index(way)
        with pytest.raises(FetchProblem, match="TLS certificates cannot be used"):
            await index(replace(known, key=other.key))


async def test_a_certificate_that_has_run_out_is_no_certificate(tmp_path):
    authority = Authority()
    context = server_context(authority.sign(days=-1), tmp_path)
    async with standing(context) as there:
        access = replace(bare(there.url), way=Way(authority=authority.certificate))

        with pytest.raises(Unauthorised, match="TLS"):
            await Indexes(WEB).raw(access)


async def test_an_index_can_be_looked_up_as_it_was_fetched():
    async with standing() as there:
        there.add("web", "1.0.0")
        look_up = await Indexes(WEB).looked_up(bare(there.url))
        repository = IndexedRepository(bare(there.url), WEB, look_up)

        assert (await repository.find("web", "1.x")).version == "1.0.0"
        with pytest.raises(NoSuchChart):
            await repository.find("nobody", "*")
        with pytest.raises(HelmProblem, match="not implemented"):
            await repository.verify(ChartVersion("web", "1.0.0"))
