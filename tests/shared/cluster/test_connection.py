import asyncio
import ssl
from datetime import timedelta

import aiohttp
import pytest

from shared.cluster import connection as module
from shared.cluster.access import Access, Material
from shared.cluster.connection import Connection
from shared.cluster.credential import HeldCredential, Materials
from shared.cluster.error import Unauthorized, Unreachable
from shared.cluster.request import Request
from shared.cluster.throttle import FAIRNESS, Throttle
from tests.fake.api_server import Says, ScriptedServer, status
from tests.real.certificate import Authority

PODS = Request("list", "/api/v1/pods", "Pod", resource="pods")
REFUSED = status(401, "Unauthorized", "Unauthorized")


def connected(server, clock, throttle=None, **more):
    return Connection(Access(server.url, **more), clock, throttle)


# Who we are


@pytest.fixture
def token(tmp_path, clock):
    """A token in a file, and the credential that reads it."""
    path = tmp_path / "token"
    path.write_text("first\n")
    return path, HeldCredential(Materials(token=Material(path=str(path))), clock)


def tokens(server):
    return [asked.headers.get("Authorization") for asked in server.asked("GET /api/v1/pods")]


async def test_a_token_goes_with_each_request(server, clock, token):
    server.on("GET /api/v1/pods", Says())

    async with connected(server, clock, credential=token[1]) as connection:
        await connection.send(PODS)

    assert tokens(server) == ["Bearer first"]


async def test_a_token_that_was_replaced_is_read_again_after_a_minute(server, clock, token):
    path, credential = token
    server.on("GET /api/v1/pods", Says())

    async with connected(server, clock, credential=credential) as connection:
        await connection.send(PODS)
        path.write_text("second")
        await connection.send(PODS)
        clock.advance(timedelta(minutes=1))
        await connection.send(PODS)

    assert tokens(server) == ["Bearer first", "Bearer first", "Bearer second"]


async def test_a_token_that_is_refused_is_read_again_at_once_and_once(server, clock, token):
    path, credential = token
    server.on("GET /api/v1/pods", Says(), REFUSED, Says(), REFUSED)

    async with connected(server, clock, credential=credential) as connection:
        await connection.send(PODS)
        path.write_text("second")
        await connection.send(PODS)
        with pytest.raises(Unauthorized):
            await connection.send(PODS)

    assert tokens(server) == ["Bearer first"] * 2 + ["Bearer second"] * 3


async def test_a_watch_that_is_refused_is_opened_with_the_new_token(server, clock, token):
    path, credential = token
    watch = Request("watch", "/api/v1/pods", "Pod", query={"watch": "true"})
    server.on("WATCH /api/v1/pods", REFUSED, Says(body=b"x"))

    async with connected(server, clock, credential=credential) as connection:
        await credential.identity()
        path.write_text("second")
        pieces = [piece async for piece in connection.stream(watch)]

    assert pieces == [b"", b"x"]
    assert server.seen[-1].headers["Authorization"] == "Bearer second"


# Whom we speak to


@pytest.fixture
def tls(tmp_path):
    """TLS for a server that shows a certificate; `clients`: whose clients alone are let in."""

    def context(pair, clients=None):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        path = tmp_path / "server.pem"
        path.write_bytes(pair.certificate + pair.key)
        made.load_cert_chain(path)
        if clients:
            made.verify_mode = ssl.CERT_REQUIRED
            made.load_verify_locations(cadata=clients.certificate.decode())
        return made

    return context


async def test_a_server_is_believed_by_its_authority(tls, clock):
    authority = Authority()
    async with ScriptedServer(tls(authority.serving("127.0.0.1"))) as server:
        server.on("GET /api/v1/pods", Says())
        async with connected(server, clock, ca=Material(authority.certificate)) as connection:
            await connection.send(PODS)


async def test_an_impostor_is_not_spoken_to(tls, clock):
    async with ScriptedServer(tls(Authority().serving("127.0.0.1"))) as server:
        ca = Material(Authority().certificate)
        async with connected(server, clock, ca=ca) as connection:
            with pytest.raises(Unreachable, match=r"the certificate of 127.0.0.1 is not trusted"):
                await connection.send(PODS)

    assert server.seen == []


async def test_whoever_is_there_is_spoken_to_where_that_is_wanted(tls, clock):
    async with ScriptedServer(tls(Authority().serving("127.0.0.1"))) as server:
        server.on("GET /api/v1/pods", Says())
        async with connected(server, clock, insecure=True) as connection:
            await connection.send(PODS)


async def test_an_authority_that_was_replaced_is_read_again_when_the_old_one_does_not_do(
    tmp_path, tls, clock
):
    old, new = Authority(), Authority()
    file = tmp_path / "ca.crt"
    file.write_bytes(old.certificate)
    async with ScriptedServer(tls(old.serving("127.0.0.1"))) as server:
        server.on("GET /api/v1/pods", Says())
        async with connected(server, clock, ca=Material(path=str(file))) as connection:
            await connection.send(PODS)
            await server.stop()
            file.write_bytes(new.certificate)
            server.secure(tls(new.serving("127.0.0.1")))
            await server.start()
            await connection.send(PODS)


async def test_a_client_certificate_is_shown_and_the_name_of_the_server_may_be_another(tls, clock):
    authority = Authority()
    us = authority.client("us")
    strict = tls(authority.serving("kubernetes"), clients=authority)
    credential = HeldCredential(
        Materials(certificate=Material(us.certificate), key=Material(us.key)), clock
    )
    async with ScriptedServer(strict) as server:
        server.on("GET /api/v1/pods", Says())
        access = {"ca": Material(authority.certificate), "server_name": "kubernetes"}
        async with connected(server, clock, credential=credential, **access) as connection:
            await connection.send(PODS)


# How we speak


async def test_we_say_our_name_and_follow_nobody_elsewhere(server, clock):
    server.on("GET /api/v1/pods", Says(302, headers={"Location": "/elsewhere"}))

    async with connected(server, clock, headers={"Impersonate-User": "u"}) as connection:
        with pytest.raises(Exception, match="answered 302 Found"):
            await connection.send(PODS)

    [asked] = server.seen
    assert asked.headers["User-Agent"] == "penstock"
    assert asked.headers["Impersonate-User"] == "u"


async def test_our_own_limit_holds_until_the_server_shows_fairness(server, clock):
    fair = Says(headers={FAIRNESS: "uid"})
    server.on("GET /api/v1/pods", Says(), Says(), fair)
    throttle = Throttle(clock, qps=1, burst=1)

    async with connected(server, clock, throttle) as connection:
        for _ in range(10):
            await connection.send(PODS)

    assert clock.monotonic() == pytest.approx(2)


async def test_a_request_in_a_hurry_does_not_wait_for_a_turn(server, clock):
    server.on("GET /api/v1/pods", Says())
    throttle = Throttle(clock, qps=1, burst=1)
    hurried = Request("list", "/api/v1/pods", "Pod", urgent=True)

    async with connected(server, clock, throttle) as connection:
        for _ in range(3):
            await connection.send(hurried)

    assert clock.monotonic() == 0


async def test_watches_take_no_place_of_requests(server, clock):
    server.on("WATCH /api/v1/pods", Says(hold=True))
    server.on("GET /api/v1/pods", Says())
    watch = Request("watch", "/api/v1/pods", "Pod", query={"watch": "true"})

    async with connected(server, clock) as connection, asyncio.TaskGroup() as tasks:
        watches = [
            tasks.create_task(anext(connection.stream(watch))) for _ in range(module.AT_ONCE + 1)
        ]
        await asyncio.wait(watches)
        await connection.send(PODS)


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(server, clock):
    server.on("GET /api/v1/pods", Says(hold=True))
    limits = module.Limits(answer=aiohttp.ClientTimeout(total=0.02))

    async with Connection(Access(server.url), clock, limits=limits) as connection:
        with pytest.raises(Unreachable, match="did not answer in time"):
            await connection.send(PODS)


async def test_a_watch_that_is_silent_for_too_long_has_been_cut(server, clock):
    server.on("WATCH /api/v1/pods", Says(body=b"{}\n", hold=True))
    watch = Request("watch", "/api/v1/pods", "Pod", query={"watch": "true"})
    limits = module.Limits(watch=aiohttp.ClientTimeout(sock_read=0.02))

    async with Connection(Access(server.url), clock, limits=limits) as connection:
        with pytest.raises(Unreachable, match="did not answer in time"):
            async for _ in connection.stream(watch):
                pass
