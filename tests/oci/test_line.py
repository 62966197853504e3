"""What is kept between two questions to a registry, for whom, and for how long."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from shared.oci.authentication import LONGEST
from shared.oci.base import KNOWN_FOR
from shared.oci.credential import Access, Keyring, Login
from shared.oci.error import InvalidAccess, Unauthorized, Unreachable
from shared.oci.line import IDLE, MOST, Lines
from shared.oci.location import parse
from shared.oci.tls import context_of
from tests.fake.certificates import Authority, server_context
from tests.fake.clock import ManualClock
from tests.fake.oci_artifact import Layer, artifact
from tests.fake.oci_registry import basic, demand, fake_registry

APPS = artifact(Layer(b"one"))
ADA, BOB = Login("ada", "CANARY-ada"), Login("bob", "CANARY-bob")
PLAIN = Access(insecure=True)
ALMOST = timedelta(seconds=1)


def access(login, **more):
    return Access(Keyring.of(login), insecure=True, **more)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def lines(clock):
    lines = Lines(clock)
    yield lines
    await lines.close()


async def look(lines, registry, how=PLAIN, repository="team/apps"):
    async with lines.opened(parse(registry.url(repository)), how) as found:
        return (await found.resolve("latest")).digest


def shown(registry):
    """The logins that a registry was shown, question by question; empty for none."""
    return [said.get("Authorization", "") for said in registry.headers]


class Doorman:
    """A registry that has one tag, and says by what each connection came: `tls`, which it does not
    speak, or `http`."""

    def __init__(self):
        self.came = []
        self.address = ""

    def url(self, repository):
        return f"oci://{self.address}/{repository}"

    async def receive(self, reader, writer):
        first = await reader.read(1)
        self.came.append("tls" if first == b"\x16" else "http")
        head = (
            f"HTTP/1.1 200 OK\r\nDocker-Content-Digest: {APPS.digest}\r\nContent-Length: 9\r\n\r\n"
        )
        while first not in {b"", b"\x16"}:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode())
            first = await reader.read(1)
        writer.close()


@pytest.fixture
async def doorman():
    found = Doorman()
    server = await asyncio.start_server(found.receive, "127.0.0.1", 0)
    async with server:
        found.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found


# --- connections, and whether there is TLS --------------------------------------------------------


async def test_those_who_ask_as_the_same_share_a_connection_and_try_tls_once(doorman, lines):
    for _ in range(3):
        assert await look(lines, doorman) == APPS.digest

    assert doorman.came == ["tls", "http"]
    assert len(lines) == 1


async def test_whether_there_is_tls_is_tried_again_after_a_minute(doorman, lines, clock):
    await look(lines, doorman)
    clock.advance(KNOWN_FOR - ALMOST)
    await look(lines, doorman)
    known = list(doorman.came)

    clock.advance(ALMOST)
    await look(lines, doorman)

    assert known == ["tls", "http"]
    assert doorman.came.count("tls") == 2


async def test_what_one_may_do_without_tls_no_other_does_who_may_not(doorman, lines):
    await look(lines, doorman)

    with pytest.raises(Unreachable, match="https://"):
        await look(lines, doorman, Access())

    assert doorman.came == ["tls", "http", "tls"]


async def test_after_whatever_went_wrong_it_is_tried_anew_whether_there_is_tls(lines, tmp_path):
    authority = Authority("ours")
    async with fake_registry(server_context(authority.sign(), tmp_path)) as secure:
        await secure.push(APPS, "team/apps", "latest")
        await look(lines, secure)
        secure.interfere = _broken
        with pytest.raises(Unreachable, match="500"):
            await look(lines, secure)
        secure.interfere = _whole

        await look(lines, secure)

    tried = [path for _, path in secure.asked if path == "/v2/"]
    assert len(tried) == 2


async def _broken(request):
    return web.Response(status=500)


async def _whole(request):
    return None


async def test_a_certificate_that_is_no_longer_trusted_is_not_believed_by_an_older_line(
    lines, tmp_path
):
    ours, theirs = Authority("ours"), Authority("theirs")
    async with fake_registry(server_context(ours.sign(), tmp_path)) as secure:
        await secure.push(APPS, "team/apps", "latest")
        await look(lines, secure, Access(authority=ours.certificate))

        with pytest.raises(Unreachable, match="TLS"):
            await look(lines, secure, Access(authority=theirs.certificate))

    assert len(lines) == 2


def test_those_who_trust_the_same_share_a_context_and_who_shows_a_certificate_has_its_own():
    ours, theirs = Authority("ours"), Authority("theirs")
    us = ours.sign()
    trusting = Access(authority=ours.certificate)
    showing = Access(authority=ours.certificate, certificate=us.certificate, key=us.key)

    assert context_of(trusting) is context_of(Access(Keyring.of(ADA), authority=ours.certificate))
    assert context_of(trusting) is not context_of(Access(authority=theirs.certificate))
    assert context_of(trusting) is not context_of(Access(authority=ours.certificate, insecure=True))
    assert context_of(showing) is not context_of(trusting)
    assert context_of(showing) is not context_of(showing)


# --- signing in -----------------------------------------------------------------------------------


def tokens(registry, *, life=None):
    """Plays the token server too; its tokens are numbered."""

    async def answer(request):
        if request.path == "/token":
            registry.granted.append(dict(request.query)["scope"])
            said = {"token": f"CANARY-{len(registry.granted)}"}
            return web.json_response(said | ({} if life is None else {"expires_in": life}))
        if request.headers.get("Authorization", "").startswith("Bearer ") and not registry.revoked:
            return None
        registry.revoked = False
        repository = request.path.removeprefix("/v2/").partition("/manifests")[0]
        realm = f'realm="http://{registry.address}/token"'
        said = f'Bearer {realm},service="r",scope="repository:{repository}:pull"'
        return web.Response(status=401, headers={"WWW-Authenticate": said})

    registry.granted, registry.revoked = [], False
    registry.interfere = answer


@pytest.mark.parametrize(
    ("said", "good"),
    [(None, 48), (300, 240), (10, 8), (86_400, LONGEST * 0.8), ("soon", 48), (-1, 48), (True, 0.8)],
)
async def test_a_token_is_shown_until_most_of_its_life_is_over(fake, lines, clock, said, good):
    tokens(fake, life=said)
    await fake.push(APPS, "team/apps", "latest")
    for _ in range(3):
        await look(lines, fake, access(ADA))
    at_first = len(fake.granted)

    clock.advance(timedelta(seconds=good))
    await look(lines, fake, access(ADA))

    assert at_first == 1
    assert len(fake.granted) == 2


async def test_a_token_is_for_one_repository_and_for_one_login(fake, lines):
    tokens(fake)
    await fake.push(APPS, "team/apps", "latest")
    await fake.push(APPS, "team/other", "latest")

    for login, repository in ((ADA, "team/apps"), (ADA, "team/other"), (BOB, "team/apps")):
        await look(lines, fake, access(login), repository)

    scopes = [f"repository:team/{name}:pull" for name in ("apps", "other", "apps")]
    assert fake.granted == scopes
    questions = [said for said in shown(fake) if not said.startswith("Basic")]
    assert questions == ["", "Bearer CANARY-1", "", "Bearer CANARY-2", "", "Bearer CANARY-3"]


async def test_a_token_that_is_refused_is_replaced_at_once(fake, lines):
    tokens(fake)
    await fake.push(APPS, "team/apps", "latest")
    await look(lines, fake, access(ADA))
    fake.revoked = True

    await look(lines, fake, access(ADA))

    assert len(fake.granted) == 2
    assert shown(fake)[-1] == "Bearer CANARY-2"


async def test_a_password_is_shown_at_once_where_it_was_good_before_and_by_nobody_else(fake, lines):
    fake.interfere = demand(basic("ada", "CANARY-ada"), 'Basic realm="x"')
    await fake.push(APPS, "team/apps", "latest")
    await look(lines, fake, access(ADA))
    fake.headers.clear()

    await look(lines, fake, access(ADA))
    with pytest.raises(Unauthorized):
        await look(lines, fake, access(Login()))

    assert shown(fake) == [basic("ada", "CANARY-ada"), ""]


async def test_a_password_that_is_refused_is_not_shown_before_it_is_asked_for(fake, lines):
    fake.interfere = demand("nobody", 'Basic realm="x"')
    for _ in range(2):
        with pytest.raises(Unauthorized):
            await look(lines, fake, access(ADA))

    assert shown(fake) == ["", basic("ada", "CANARY-ada")] * 2


# --- how long, and how many -----------------------------------------------------------------------


async def test_a_line_that_nobody_uses_is_closed_after_a_while(fake, lines, clock):
    await fake.push(APPS, "team/apps", "latest")
    await look(lines, fake, access(ADA))
    clock.advance(IDLE)

    await look(lines, fake, access(BOB))

    assert len(lines) == 1


@asynccontextmanager
async def held(lines, registry, how):
    async with lines.opened(parse(registry.url("team/apps")), how) as repository:
        yield repository


async def test_a_line_that_is_in_use_stays_open_until_that_is_over(fake, lines):
    await fake.push(APPS, "team/apps", "latest")

    async with held(lines, fake, PLAIN) as repository:
        await lines.close()
        assert (await repository.resolve("latest")).digest == APPS.digest

    assert len(lines) == 0


async def test_there_are_only_so_many_lines(fake, lines):
    await fake.push(APPS, "team/apps", "latest")

    for number in range(MOST + 2):
        async with held(lines, fake, Access(Keyring.of(Login(f"user{number}", "x")))):
            pass

    assert len(lines) == MOST


async def test_what_cannot_be_used_opens_no_line(fake, lines):
    with pytest.raises(InvalidAccess):
        await look(lines, fake, Access(authority="no certificate"))

    assert len(lines) == 0


async def test_running_closes_what_is_idle_and_at_the_end_all(fake, lines, clock):
    await fake.push(APPS, "team/apps", "latest")
    await look(lines, fake)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(lines.run())
        await asyncio.sleep(0)
        running.cancel()

    assert len(lines) == 0
