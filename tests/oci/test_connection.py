"""What goes along to where: logins, tokens, redirects, TLS, proxies (reliability-security.md T-01,
T-03, T-04)."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from shared.oci.connection import connected
from shared.oci.credential import Access, Keyring, Login
from shared.oci.error import InvalidAccess, Unauthorized, Unreachable
from shared.oci.limit import Limits
from shared.oci.location import parse
from shared.oci.repository import opened
from shared.oci.tls import context_of
from tests.fake.certificates import Authority, server_context
from tests.fake.clock import ManualClock
from tests.fake.oci_artifact import Layer, artifact
from tests.fake.oci_registry import basic, demand, fake_registry
from tests.fake.tunnel_proxy import proxying
from tests.real.go_program import BuildError
from tests.real.registry import real_registry

APPS = artifact(Layer(b"one"))
ADA = Login("ada", "CANARY-password")
OURS, THEIRS = Authority("ours"), Authority("theirs")


def access(login=ADA, **more):
    return Access(Keyring.of(login), insecure=True, **more)


async def blob(registry, how, limits=None):
    async with opened(parse(registry.url("team/apps")), how, ManualClock(), limits) as repository:
        found = await repository.resolve("latest")
        manifest = await repository.image(found.digest)
        return await repository.blob(manifest.layers[0])


def shown(registry):
    """The Authorization headers that a server was shown."""
    return {said["Authorization"] for said in registry.headers if "Authorization" in said}


# --- signing in -----------------------------------------------------------------------------------


@pytest.mark.real
async def test_the_reference_registry_lets_in_who_has_a_login():
    try:
        with real_registry(username="ada", password="CANARY-password") as registry:
            await registry.push(APPS, "team/apps", "latest")

            assert await blob(registry, access()) == b"one"
            with pytest.raises(Unauthorized, match="does not let us in without a login"):
                await blob(registry, access(Login()))
            with pytest.raises(Unauthorized) as refused:
                await blob(registry, access(Login("ada", "CANARY-wrong")))
            assert "CANARY" not in str(refused.value)
    except BuildError as error:
        pytest.skip(str(error))


async def test_a_login_is_shown_only_where_it_is_asked_for(fake):
    await fake.push(APPS, "team/apps", "latest")

    await blob(fake, access())

    assert shown(fake) == set()


async def test_a_login_that_is_refused_is_shown_once_a_question(fake):
    fake.interfere = demand("nobody", 'Basic realm="x"')

    with pytest.raises(Unauthorized):
        await blob(fake, access())

    assert len(fake.asked) < 10


def tokens(registry, *, granted="CANARY-token", realm="", wanted=""):
    """Plays the token server too: at /token of the registry."""

    async def answer(request):
        if request.path == "/token":
            registry.tokens.append((request.method, dict(request.query), await request.text()))
            if wanted and request.headers.get("Authorization") != wanted:
                return web.Response(status=401)
            return web.json_response({"token": granted})
        if request.headers.get("Authorization") == f"Bearer {granted}":
            return None
        where = realm or f"http://{registry.address}/token"
        said = f'Bearer realm="{where}",service="registry",scope="repository:team/apps:pull"'
        return web.Response(status=401, headers={"WWW-Authenticate": said})

    registry.tokens = []
    registry.interfere = answer


async def test_a_token_is_fetched_with_the_login_and_used_for_all(fake):
    await fake.push(APPS, "team/apps", "latest")
    tokens(fake, wanted=basic("ada", "CANARY-password"))

    assert await blob(fake, access()) == b"one"

    query = {"service": "registry", "scope": "repository:team/apps:pull", "account": "ada"}
    assert fake.tokens == [("GET", query, "")]
    assert shown(fake) == {basic("ada", "CANARY-password"), "Bearer CANARY-token"}


async def test_nobody_gets_a_token_too(fake):
    await fake.push(APPS, "team/apps", "latest")
    tokens(fake)

    assert await blob(fake, Access(insecure=True)) == b"one"
    assert shown(fake) == {"Bearer CANARY-token"}


async def test_an_identity_token_is_exchanged(fake):
    await fake.push(APPS, "team/apps", "latest")
    tokens(fake)

    assert await blob(fake, access(Login(identity="CANARY-identity"))) == b"one"

    method, query, form = fake.tokens[0]
    assert (method, query) == ("POST", {})
    assert "grant_type=refresh_token" in form
    assert "refresh_token=CANARY-identity" in form


async def test_a_registry_token_is_shown_as_it_is(fake):
    await fake.push(APPS, "team/apps", "latest")
    tokens(fake)

    assert await blob(fake, access(Login(bearer="CANARY-token"))) == b"one"
    assert fake.tokens == []


async def test_a_token_that_ran_out_is_fetched_anew(fake):
    await fake.push(APPS, "team/apps", "latest")
    tokens(fake)

    async with opened(parse(fake.url("team/apps")), access(), ManualClock()) as repository:
        await repository.resolve("latest")
        tokens(fake, granted="CANARY-second")
        await repository.resolve("latest")

    assert len(fake.tokens) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"token": 1}', b'{"token": "a\\nb"}', b"x" * 300_000]
)
async def test_a_token_server_without_a_token_is_said(fake, body):
    async def answer(request):
        if request.path == "/token":
            return web.Response(body=body)
        said = f'Bearer realm="http://{fake.address}/token"'
        return web.Response(status=401, headers={"WWW-Authenticate": said})

    fake.interfere = answer

    with pytest.raises((Unauthorized, Unreachable, Exception), match="token"):
        await blob(fake, access())


async def test_a_login_is_not_sent_to_a_token_server_elsewhere(fake):
    async with fake_registry(host="localhost") as thief:
        tokens(fake, realm=f"http://{thief.address}/token")

        with pytest.raises(Unauthorized, match="sent to another host, localhost: it was not"):
            await blob(fake, access())

        assert thief.asked == []


async def test_a_token_server_elsewhere_is_told_where_that_is_allowed(fake):
    await fake.push(APPS, "team/apps", "latest")
    async with fake_registry(host="localhost") as helper:
        tokens(helper)
        tokens(fake, realm=f"http://{helper.address}/token")

        assert await blob(fake, access(realms=("localhost",))) == b"one"


async def test_a_registry_that_keeps_asking_is_left(fake):
    tokens(fake)
    fake.interfere, inner = None, fake.interfere

    async def never(request):
        found = await inner(request)
        return found or web.Response(
            status=401,
            headers={"WWW-Authenticate": f'Bearer realm="http://{fake.address}/token"'},
        )

    fake.interfere = never

    with pytest.raises(Unauthorized):
        await blob(fake, access())

    assert len(fake.tokens) == 1


# --- redirects ------------------------------------------------------------------------------------


def redirected(kind, place):
    async def answer(request):
        if f"/{kind}/" in request.path:
            return web.Response(status=307, headers={"Location": place(request)})
        return None

    return answer


async def test_a_redirect_to_another_host_is_followed_without_the_login(fake):
    await fake.push(APPS, "team/apps", "latest")
    async with fake_registry() as storage:
        await storage.push(APPS, "team/apps")
        allowed = demand(basic("ada", "CANARY-password"), 'Basic realm="x"')
        moved = redirected("blobs", lambda request: f"http://{storage.address}{request.path}?sig=1")

        async def answer(request):
            return await allowed(request) or await moved(request)

        fake.interfere = answer

        assert await blob(fake, access()) == b"one"
        assert shown(fake) == {basic("ada", "CANARY-password")}
        assert shown(storage) == set()
        assert storage.asked[0][1].endswith("?sig=1")


async def test_who_we_are_sent_to_is_not_signed_in_to(fake):
    await fake.push(APPS, "team/apps", "latest")
    async with fake_registry() as storage:
        storage.interfere = demand("never", 'Basic realm="x"')
        fake.interfere = redirected("blobs", lambda r: f"http://{storage.address}{r.path}")

        with pytest.raises(Unauthorized):
            await blob(fake, access())

        assert shown(storage) == set()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (lambda request: str(request.url), "more than 5 times"),
        (lambda request: "file:///etc/passwd", "no HTTP URL"),
        (lambda request: "http://user:CANARY@127.0.0.1/", "no HTTP URL"),
        (lambda request: "http://[::1/", "cannot be read"),
    ],
)
async def test_redirects_that_lead_nowhere_are_said(fake, place, message):
    await fake.push(APPS, "team/apps", "latest")
    fake.interfere = redirected("manifests", place)

    with pytest.raises(Unreachable, match=message) as refused:
        await blob(fake, access())

    assert "CANARY" not in str(refused.value)


async def test_a_redirect_from_https_to_http_is_not_followed(tmp_path):
    context = server_context(OURS.sign(), tmp_path)
    async with fake_registry(context) as registry, fake_registry() as other:
        registry.interfere = redirected("manifests", lambda r: f"http://{other.address}{r.path}")

        with pytest.raises(Unreachable, match="from https to http"):
            await blob(registry, Access(authority=OURS.certificate))

        assert other.asked == []


async def test_a_public_registry_does_not_lead_to_a_private_address(fake):
    async with connecting(Access()) as connection:
        for there in ("127.0.0.1", "localhost", "::1", "169.254.169.254"):
            with pytest.raises(Unreachable, match="private address"):
                await connection.keep_out("93.184.215.14", there)
        await connection.keep_out("127.0.0.1", "10.0.0.1")
        await connection.keep_out("localhost", "10.0.0.1")


async def test_where_a_proxy_finds_the_addresses_only_those_count_that_are_written_down():
    async with connecting(Access(proxy="http://127.0.0.1:1")) as connection:
        with pytest.raises(Unreachable, match="private address"):
            await connection.keep_out("registry.example", "127.0.0.1")
        await connection.keep_out("registry.example", "localhost")


def connecting(how):
    return connected(how, context_of(how), ManualClock(), Limits())


# --- TLS ------------------------------------------------------------------------------------------


@pytest.mark.real
async def test_the_reference_registry_over_tls_with_an_authority_of_ones_own():
    pair = OURS.sign()
    try:
        with real_registry(
            pair=(pair.certificate, pair.key), authority=OURS.certificate
        ) as registry:
            await registry.push(APPS, "team/apps", "latest")

            assert await blob(registry, Access(authority=OURS.certificate)) == b"one"
            for how in (Access(), Access(authority=THEIRS.certificate)):
                with pytest.raises(Unreachable, match=r"TLS: .*verify"):
                    await blob(registry, how)
    except BuildError as error:
        pytest.skip(str(error))


async def test_insecure_looks_at_no_certificate_but_still_at_one_that_is_asked_for(tmp_path):
    context = server_context(OURS.sign(), tmp_path)
    async with fake_registry(context) as registry:
        await registry.push(APPS, "team/apps", "latest")

        assert await blob(registry, Access(insecure=True)) == b"one"
        with pytest.raises(Unreachable):
            await blob(registry, Access(insecure=True, authority=THEIRS.certificate))


@pytest.mark.parametrize("days", [-1])
async def test_a_certificate_that_has_expired_is_not_taken(tmp_path, days):
    async with fake_registry(server_context(OURS.sign(days=days), tmp_path)) as registry:
        with pytest.raises(Unreachable, match=r"TLS: .*expired"):
            await blob(registry, Access(authority=OURS.certificate))


async def test_a_client_certificate_is_shown(tmp_path):
    us = THEIRS.sign("us")
    context = server_context(OURS.sign(), tmp_path, trusted=THEIRS.certificate)
    async with fake_registry(context) as registry:
        await registry.push(APPS, "team/apps", "latest")
        whole = Access(authority=OURS.certificate, certificate=us.certificate, key=us.key)

        assert await blob(registry, whole) == b"one"
        with pytest.raises(Unreachable):
            await blob(registry, Access(authority=OURS.certificate))


@pytest.mark.parametrize(
    "broken",
    [
        Access(authority="CANARY"),
        Access(certificate=OURS.certificate),
        Access(certificate=OURS.certificate, key=THEIRS.sign().key),
        Access(authority="x" * 2_000_000),
    ],
    ids=["no certificate", "no key", "another key", "too much"],
)
async def test_certificates_that_cannot_be_used_are_said_and_not_shown(fake, broken):
    with pytest.raises(InvalidAccess, match="certificates cannot be used") as refused:
        await blob(fake, broken)

    assert "CANARY" not in str(refused.value)


async def test_plain_http_is_spoken_only_where_that_is_asked_for(fake):
    await fake.push(APPS, "team/apps", "latest")

    with pytest.raises(Unreachable, match=r"plain HTTP needs spec\.insecure: true"):
        await blob(fake, Access())

    assert fake.asked == []


# --- proxies --------------------------------------------------------------------------------------


@asynccontextmanager
async def http_proxy():
    """Tunnels, and counts for whom."""
    asked = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode())
        host, port = head.split()[1].decode().rsplit(":", 1)
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

        async def pump(source, sink):
            try:
                while data := await source.read(65_536):
                    sink.write(data)
                    await sink.drain()
            except ConnectionError:
                pass
            finally:
                sink.close()

        async with asyncio.TaskGroup() as both:
            both.create_task(pump(reader, far_writer))
            both.create_task(pump(far_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def test_a_proxy_of_ones_own_is_gone_through_with_its_login(tmp_path):
    async with (
        http_proxy() as (address, asked),
        fake_registry(server_context(OURS.sign(), tmp_path)) as registry,
    ):
        await registry.push(APPS, "team/apps", "latest")
        how = Access(authority=OURS.certificate, proxy=f"http://ada:CANARY@{address}")

        assert await blob(registry, how) == b"one"

    assert asked[0].startswith(f"CONNECT {registry.address} ")
    assert f"Proxy-Authorization: Basic {b64encode(b'ada:CANARY').decode()}" in asked[0]


@pytest.mark.parametrize("login", [None, ("ada", "CANARY")], ids=["nobody", "somebody"])
async def test_a_socks_proxy_is_gone_through_with_its_login(tmp_path, login):
    pair = OURS.sign()
    async with fake_registry(server_context(pair, tmp_path), host="127.0.0.1") as registry:
        await registry.push(APPS, "team/apps", "latest")
        registry.address = registry.address.replace("127.0.0.1", "localhost")
        with proxying() as proxy:
            proxy.login = login
            user = f"{login[0]}:{login[1]}@" if login else ""
            how = Access(insecure=True, proxy=proxy.socks.replace("//", f"//{user}"))

            assert await blob(registry, how) == b"one"

            host, _, port = registry.address.partition(":")
            assert set(proxy.asked) == {(host, int(port))}


async def test_a_socks_proxy_that_refuses_is_said_and_its_password_is_not(fake):
    with proxying() as proxy:
        proxy.login = ("ada", "another")
        how = Access(proxy=proxy.socks.replace("//", "//ada:CANARY@"))

        with pytest.raises(Unreachable, match="the proxy refuses") as refused:
            await blob(fake, how)

        assert "CANARY" not in str(refused.value)


async def test_a_socks_proxy_that_is_not_there_is_said(fake):
    with pytest.raises(Unreachable) as refused:
        await blob(fake, Access(proxy="socks5://ada:CANARY@127.0.0.1:1"))

    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize("proxy", ["socks4://127.0.0.1:1", "http://", "http://a:b", "CANARY"])
async def test_a_proxy_that_can_be_none_is_said(fake, proxy):
    with pytest.raises(InvalidAccess, match="proxy") as refused:
        await blob(fake, Access(insecure=True, proxy=proxy))

    assert "CANARY" not in str(refused.value)


async def test_a_proxy_that_is_not_there_shows_no_password(fake):
    with pytest.raises(Unreachable) as refused:
        await blob(fake, Access(proxy="http://ada:CANARY@127.0.0.1:1"))

    assert "CANARY" not in repr(refused.value)


# --- silence --------------------------------------------------------------------------------------


async def test_a_registry_that_says_nothing_is_given_up(fake):
    async def silent(request):
        await fake.released.wait()

    fake.interfere = silent
    limits = Limits(silence=timedelta(milliseconds=50), tries=1)

    with pytest.raises(Unreachable):
        await blob(fake, Access(insecure=True), limits)


def test_no_value_shows_what_is_secret():
    login = Login("ada", "CANARY", "CANARY", "CANARY")
    how = Access(Keyring.of(login), key="CANARY", proxy="http://a:CANARY@b")

    assert "CANARY" not in repr(how)
