from datetime import timedelta

import pytest

from shared.cluster.access import Access, AccessError, Identity, Material
from shared.cluster.trust import Trust
from tests.real.certificate import Authority

SERVER = "https://k8s.example.com"
NOBODY = Identity()


async def test_a_server_in_the_clear_needs_no_trust(clock):
    assert await Trust(Access("http://k8s.example.com"), clock).context(NOBODY) is None


async def test_the_context_stays_the_same_while_nothing_rotates(clock):
    trust = Trust(Access(SERVER, ca=Material(Authority().certificate)), clock)

    assert await trust.context(NOBODY) is await trust.context(NOBODY, fresh=True)


async def test_another_authority_or_certificate_makes_another_context(tmp_path, clock):
    file = tmp_path / "ca.crt"
    file.write_bytes(Authority().certificate)
    trust = Trust(Access(SERVER, ca=Material(path=str(file))), clock)
    first = await trust.context(NOBODY)

    file.write_bytes(Authority().certificate)
    assert await trust.context(NOBODY) is first
    clock.advance(timedelta(minutes=1))
    second = await trust.context(NOBODY)
    us = Authority().client("us")
    third = await trust.context(Identity("", us.certificate, us.key))

    assert len({first, second, third}) == 3


async def test_an_authority_that_is_away_for_a_moment_is_remembered(tmp_path, clock):
    file = tmp_path / "ca.crt"
    file.write_bytes(Authority().certificate)
    trust = Trust(Access(SERVER, ca=Material(path=str(file))), clock)
    first = await trust.context(NOBODY)

    file.unlink()

    assert await trust.context(NOBODY, fresh=True) is first


@pytest.mark.parametrize(
    ("ca", "complaint"),
    [(Material(b"CA"), "is not PEM"), (Material(path="/missing"), "cannot read /missing")],
)
async def test_an_authority_that_is_none_is_named(clock, ca, complaint):
    with pytest.raises(AccessError, match=complaint):
        await Trust(Access(SERVER, ca=ca), clock).context(NOBODY)


async def test_a_certificate_needs_its_own_key(clock):
    one, other = Authority().client("one"), Authority().client("other")

    with pytest.raises(AccessError, match="do not fit together"):
        await Trust(Access(SERVER), clock).context(Identity("", one.certificate, other.key))
