"""Whether the certificates of a signature were revoked (reliability-security.md T-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from shared.oci.credential import Access
from shared.oci.location import parse
from shared.oci.repository import opened
from source_controller.signature.fetch import PlainFetch
from source_controller.signature.notation import verify_by_policy
from source_controller.signature.problem import NotSigned
from source_controller.signature.revocation import Revocations
from source_controller.signature.trust import Trust
from tests.fake.clock import ManualClock
from tests.fake.notary import NOW, Notary, Signer, policy
from tests.fake.oci_artifact import Layer, artifact
from tests.fake.oci_registry import FakeRegistry, fake_registry

APPS = artifact(Layer(b"one"))
NOTARY = Notary()
STRANGER = Notary()


@dataclass
class Office:
    """Answers for an authority: `answer` at /ocsp, `listed` at /list; empty: it does not know."""

    url: str = ""
    answer: bytes = b""
    listed: bytes = b""
    asked: list[str] = field(default_factory=list)

    async def say(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        body = self.answer if request.path.startswith("/ocsp/") else self.listed
        return web.Response(body=body) if body else web.Response(status=404)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office()
    runner = web.ServerRunner(web.Server(made.say))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    async with fake_registry() as made:
        await made.push(APPS, "team/apps")
        yield made


def signer(office: Office, *kinds: str, notary: Notary = NOTARY) -> Signer:
    """Somebody whose certificate names a responder, a list, or both."""
    responder = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{office.url}/ocsp")
    )
    place = x509.UniformResourceIdentifier(f"{office.url}/list")
    extensions = {
        "responder": x509.AuthorityInformationAccess([responder]),
        "list": x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)]),
    }
    return notary.signer(more=tuple(extensions[kind] for kind in kinds))


async def verified(
    registry: FakeRegistry, who: Signer, *, notary: Notary = NOTARY, **override: str
) -> bool:
    await registry.push(who.sign(APPS), "team/apps")
    said = policy(signatureVerification={"level": "strict", "override": override})
    trust = Trust("notation", {"trustpolicy.json": said, "ca.crt": notary.certificate})
    clock = ManualClock()
    location = parse(registry.url("team/apps"))
    async with opened(location, Access(insecure=True), clock) as repository:
        asked = Revocations(PlainFetch(clock))
        return await verify_by_policy(repository, APPS.digest, trust, asked, NOW)


async def test_a_responder_says_that_it_is_good(registry, office):
    who = signer(office, "responder", "list")
    office.answer = NOTARY.answer(who.chain[0])

    assert await verified(registry, who) is True
    assert len(office.asked) == 1


async def test_a_responder_says_that_it_was_revoked(registry, office):
    who = signer(office, "responder", "list")
    office.answer = NOTARY.answer(who.chain[0], revoked=True)
    office.listed = NOTARY.listed()

    with pytest.raises(NotSigned, match="was revoked, or is not known"):
        await verified(registry, who)


async def test_a_list_does_where_no_responder_does(registry, office):
    who = signer(office, "responder", "list")
    office.listed = NOTARY.listed()

    assert await verified(registry, who) is True
    assert len(office.asked) == 2


async def test_a_certificate_on_a_list_was_revoked(registry, office):
    who = signer(office, "list")
    office.listed = NOTARY.listed(NOTARY.signer().chain[0], who.chain[0])

    with pytest.raises(NotSigned, match="was revoked, or is not known"):
        await verified(registry, who)


DEPUTY = (ExtendedKeyUsageOID.OCSP_SIGNING,)


async def test_an_authority_may_let_another_answer(registry, office):
    who = signer(office, "responder")
    office.answer = NOTARY.answer(who.chain[0], by=NOTARY.signer(uses=DEPUTY))

    assert await verified(registry, who) is True


OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def answers(who):
    return {
        "nothing": b"",
        "nonsense": b"nonsense",
        "of another": NOTARY.answer(NOTARY.signer().chain[0]),
        "by another": NOTARY.answer(who.chain[0], by=STRANGER),
        "by one who may not": NOTARY.answer(who.chain[0], by=NOTARY.signer()),
        "by the deputy of another": NOTARY.answer(who.chain[0], by=STRANGER.signer(uses=DEPUTY)),
        "by a deputy who was one": NOTARY.answer(
            who.chain[0], by=NOTARY.signer(uses=DEPUTY, days=(-2, -1))
        ),
        "too old": NOTARY.answer(who.chain[0], days=-1),
        "endless": b"x" * 100_000,
    }


@pytest.mark.parametrize("kind", answers(NOTARY.signer()))
async def test_an_answer_that_does_not_count_is_none(registry, office, kind):
    who = signer(office, "responder")
    office.answer = answers(who)[kind]

    with pytest.raises(NotSigned, match="it cannot be told whether the certificate of 'CN=signer"):
        await verified(registry, who)


ONLY = {
    "only_contains_user_certs": True,
    "only_contains_ca_certs": False,
    "only_some_reasons": None,
    "indirect_crl": False,
    "only_contains_attribute_certs": False,
    "full_name": None,
    "relative_name": None,
}
LISTS = {
    "nothing": b"",
    "nonsense": b"nonsense",
    "by another": NOTARY.listed(key=OTHER_KEY),
    "of another": STRANGER.listed(),
    "too old": NOTARY.listed(days=-1),
    "changes only": NOTARY.listed(more=x509.DeltaCRLIndicator(1)),
    "some only": NOTARY.listed(more=x509.IssuingDistributionPoint(**ONLY)),
}


@pytest.mark.parametrize("kind", LISTS)
async def test_a_list_that_does_not_count_is_none(registry, office, kind):
    who = signer(office, "list")
    office.listed = LISTS[kind]

    with pytest.raises(NotSigned, match="it cannot be told"):
        await verified(registry, who)


async def test_a_list_of_an_authority_that_may_not_sign_lists_is_none(registry, office):
    notary = Notary(lists=False)
    who = signer(office, "list", notary=notary)
    office.listed = notary.listed()

    with pytest.raises(NotSigned, match="it cannot be told"):
        await verified(registry, who, notary=notary)


@pytest.mark.parametrize(("action", "asked"), [("log", 1), ("skip", 0)])
async def test_where_it_does_not_matter_it_is_let_through(registry, office, action, asked):
    who = signer(office, "responder")

    assert await verified(registry, who, revocation=action) is True
    assert len(office.asked) == asked


async def test_whoever_is_not_trusted_does_not_get_to_say_whom_we_talk_to(registry, office):
    who = signer(office, "responder", "list", notary=STRANGER)
    office.answer = STRANGER.answer(who.chain[0])

    with pytest.raises(NotSigned, match="not in the trust store"):
        await verified(registry, who)

    assert office.asked == []


async def test_a_certificate_that_names_no_place_cannot_be_revoked(registry, office):
    assert await verified(registry, NOTARY.signer()) is True
