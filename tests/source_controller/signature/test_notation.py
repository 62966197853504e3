"""notation's signatures, by an authority of the tests (reliability-security.md T-07)."""

from __future__ import annotations

import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import cbor2
import orjson
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.oci.credential import Access
from shared.oci.location import parse
from shared.oci.repository import opened
from source_controller.signature.fetch import PlainFetch
from source_controller.signature.notation import verify_by_policy
from source_controller.signature.notation_policy import statement_for
from source_controller.signature.problem import InvalidTrust, NotSigned, SignatureProblem
from source_controller.signature.revocation import Revocations
from source_controller.signature.trust import Trust
from tests.fake.clock import ManualClock
from tests.fake.notary import ENVELOPE, KIND, NOW, SUBJECT, Notary, plain, policy
from tests.fake.oci_artifact import Layer, artifact, digest_of, index
from tests.fake.oci_registry import FakeRegistry, fake_registry

ROOT = Path(__file__).parents[3]
APPS = artifact(Layer(b"one"))
OTHER = artifact(Layer(b"other"))
NOTARY = Notary()
STRANGER = Notary()
KINDS = ["EC 256", "EC 384", "EC 521", "RSA 2048", "RSA 3072"]


@dataclass
class Place:
    """A registry with an artifact."""

    registry: FakeRegistry

    @asynccontextmanager
    async def open(self):
        location = parse(self.registry.url("team/apps"))
        async with opened(location, Access(insecure=True), ManualClock()) as repository:
            yield repository

    async def keep(self, *signatures):
        for one in signatures:
            await self.registry.push(one, "team/apps")

    async def verify(self, said=None, *, notary=NOTARY, now=NOW, **entries):
        held = {"trustpolicy.json": said or policy(), "ca.crt": notary.certificate, **entries}
        trust = Trust("notation", {name: text for name, text in held.items() if text is not None})
        async with self.open() as repository:
            asked = Revocations(PlainFetch(ManualClock()))
            return await verify_by_policy(repository, APPS.digest, trust, asked, now)


@pytest.fixture
async def place():
    async with fake_registry() as registry:
        await registry.push(APPS, "team/apps", "latest")
        yield Place(registry)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_somebody_trusted_signed_is_verified(place, kind):
    await place.keep(NOTARY.signer(kind).sign(APPS))

    assert await place.verify() is True


@pytest.mark.parametrize("kind", KINDS)
async def test_the_other_envelope_is_read_too(place, kind):
    await place.keep(NOTARY.signer(kind).sign_in_cose(APPS))

    assert await place.verify() is True


async def test_the_other_envelope_is_judged_by_the_same_rules(place):
    await place.keep(STRANGER.signer().sign_in_cose(APPS))

    with pytest.raises(NotSigned, match="not in the trust store"):
        await place.verify()


@pytest.mark.parametrize("seconds", [-3_600, 3_600])
async def test_the_other_envelope_may_expire(place, seconds):
    time, expiry = "io.cncf.notary.signingTime", "io.cncf.notary.expiry"
    other = {
        time: cbor2.CBORTag(1, int(NOW.timestamp()) - 7_200),
        expiry: cbor2.CBORTag(1, int(NOW.timestamp()) + seconds),
        "crit": ["io.cncf.notary.signingScheme", expiry],
    }
    await place.keep(NOTARY.signer().sign_in_cose(APPS, **other))

    if seconds > 0:
        assert await place.verify() is True
        return
    with pytest.raises(NotSigned, match="has expired"):
        await place.verify()


@pytest.mark.parametrize(
    "other",
    [
        {"alg": -35},
        {"alg": 5},
        {"alg": "ES256"},
        {"cty": "application/json"},
        {"crit": None},
        {"crit": []},
        {"crit": 5},
        {"crit": ["io.cncf.notary.signingScheme", "other"]},
        {"crit": ["io.cncf.notary.signingScheme", [1]]},
        {"io.cncf.notary.signingScheme": "other"},
        {"io.cncf.notary.signingTime": None},
        {"io.cncf.notary.signingTime": "yesterday"},
        {"io.cncf.notary.signingTime": cbor2.CBORTag(1, 2**60)},
        {"io.cncf.notary.expiry": cbor2.CBORTag(1, int(NOW.timestamp()) + 60)},
    ],
    ids=range(14),
)
async def test_a_header_of_the_other_envelope_that_says_something_else_is_refused(place, other):
    await place.keep(NOTARY.signer().sign_in_cose(APPS, **other))

    with pytest.raises(NotSigned):
        await place.verify()


@pytest.mark.parametrize("part", range(4))
async def test_every_part_of_the_other_envelope_counts(place, part):
    tagged = cbor2.loads(NOTARY.signer().cose(APPS.descriptor()))
    parts = list(tagged.value)
    parts[part] = [cbor2.dumps({}), {}, b"{}", b"x" * 64][part]
    layer = Layer(cbor2.dumps(cbor2.CBORTag(18, parts)), "application/cose")
    await place.keep(artifact(layer, config=Layer(b"{}", KIND), subject=APPS, kind=KIND))

    with pytest.raises(NotSigned):
        await place.verify()


HOSTILE = [
    b"",
    b"\xff",
    cbor2.dumps(5),
    cbor2.dumps([b"", {}, b"", b""]),
    cbor2.dumps(cbor2.CBORTag(18, 5)),
    cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b""])),
    cbor2.dumps(cbor2.CBORTag(18, [b"", {}, None, b""])),
    cbor2.dumps(cbor2.CBORTag(18, [b"\xff", {}, b"", b""])),
    cbor2.dumps(cbor2.CBORTag(18, [b"\xa0", {}, b"", b""])) + b"more",
    b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x81" * 100_000,
    b"\xd8\x23\x62((",
    b"\xd8\x1d\x00",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_is_no_other_envelope_is_no_signature(place, body):
    layer = Layer(body, "application/cose")
    await place.keep(artifact(layer, config=Layer(b"{}", KIND), subject=APPS, kind=KIND))

    with pytest.raises(NotSigned):
        await place.verify()


WITHOUT = """
import sys
sys.modules["cbor2"] = None
from source_controller.signature.notation import _read
try:
    _read("application/cose", b"")
except Exception as problem:
    print(type(problem).__name__, problem)
"""


def test_a_missing_library_is_named_with_the_extra_that_brings_it():
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert said.startswith("MissingExtra ")
    assert "penstock[cose]" in said


async def test_signatures_under_their_tag_are_found_too(place):
    signature = NOTARY.signer().sign(APPS)
    place.registry.has_referrers = False
    await place.keep(signature)
    listed = index(signature.descriptor(artifactType=KIND))
    await place.registry.push(listed, "team/apps", APPS.digest.replace(":", "-"))

    assert await place.verify() is True


async def test_of_several_signatures_one_is_enough(place):
    await place.keep(STRANGER.signer().sign(APPS), NOTARY.signer().sign(APPS))

    assert await place.verify() is True


async def test_nobody_signed_it(place):
    with pytest.raises(NotSigned, match="no signature of 'sha256:"):
        await place.verify()


async def test_what_a_stranger_signed_is_not_verified(place):
    await place.keep(STRANGER.signer().sign(APPS))

    with pytest.raises(NotSigned, match="not in the trust store"):
        await place.verify()


async def test_a_signature_of_another_artifact_is_none_of_this(place):
    signer = NOTARY.signer()
    envelope = signer.envelope(OTHER.descriptor())
    layer, config = Layer(envelope, ENVELOPE), Layer(b"{}", KIND)
    await place.keep(artifact(layer, config=config, subject=APPS, kind=KIND))

    with pytest.raises(NotSigned, match="of another artifact"):
        await place.verify()


@pytest.mark.parametrize("field", ["mediaType", "digest", "size"])
async def test_all_that_is_said_of_the_artifact_has_to_be_right(place, field):
    wrong = {"mediaType": "text/plain", "digest": OTHER.digest, "size": 1}
    envelope = NOTARY.signer().envelope({**APPS.descriptor(), field: wrong[field]})
    layer, config = Layer(envelope, ENVELOPE), Layer(b"{}", KIND)
    await place.keep(artifact(layer, config=config, subject=APPS, kind=KIND))

    with pytest.raises(NotSigned):
        await place.verify()


def identities(*texts):
    return policy(trustedIdentities=[f"x509.subject: {text}" for text in texts])


@pytest.mark.parametrize(
    "text",
    [
        "C=NL, ST=Utrecht, O=Tests",
        "C=NL,ST=Utrecht,O=Tests,CN=signer",
        "c=NL, S=Utrecht, O=Tests",
        "O=Tests, C=NL, ST=Utrecht",
    ],
)
async def test_an_identity_is_a_part_of_the_name(place, text):
    await place.keep(NOTARY.signer().sign(APPS))

    assert await place.verify(identities("C=BE, ST=X, O=X", text)) is True


@pytest.mark.parametrize(
    "text", ["C=NL, ST=Utrecht, O=Others", "C=NL, ST=Utrecht, O=Tests, CN=root"]
)
async def test_another_identity_of_the_same_authority_is_not_trusted(place, text):
    await place.keep(NOTARY.signer().sign(APPS))

    with pytest.raises(NotSigned, match="not among the trusted identities"):
        await place.verify(identities(text))


@pytest.mark.parametrize(
    "other",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"cty": "application/json"},
        {"crit": None},
        {"crit": []},
        {"crit": ["io.cncf.notary.signingScheme", "io.cncf.notary.verificationPlugin"]},
        {"io.cncf.notary.signingScheme": "other"},
        {"io.cncf.notary.signingTime": None},
        {"io.cncf.notary.signingTime": "yesterday"},
        {"io.cncf.notary.signingTime": "2026-01-01T00:00:00"},
        {"io.cncf.notary.expiry": (NOW + timedelta(days=1)).isoformat()},
        {
            "io.cncf.notary.expiry": NOW.isoformat(),
            "crit": ["io.cncf.notary.signingScheme", "io.cncf.notary.expiry"],
        },
    ],
)
async def test_a_header_that_says_something_else_is_refused(place, other):
    await place.keep(NOTARY.signer().sign(APPS, **other))

    with pytest.raises(NotSigned):
        await place.verify()


@pytest.mark.parametrize("part", ["payload", "protected", "signature"])
async def test_every_part_is_signed(place, part):
    envelope = orjson.loads(NOTARY.signer().envelope(APPS.descriptor()))
    others = {"payload": plain(b"{}"), "protected": plain(b"{}"), "signature": plain(b"x" * 64)}
    spoilt = orjson.dumps({**envelope, part: others[part]})
    layer, config = Layer(spoilt, ENVELOPE), Layer(b"{}", KIND)
    await place.keep(artifact(layer, config=config, subject=APPS, kind=KIND))

    with pytest.raises(NotSigned):
        await place.verify()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{}", b"\xff", b'{"payload": 1, "protected": 2}',
    b'{"payload": "e30", "protected": "e30", "header": {"x5c": ["AAAA"]}, "signature": ""}'],
)  # fmt: skip
async def test_what_is_no_envelope_is_no_signature_and_hides_none(place, body):
    layer, config = Layer(body, ENVELOPE), Layer(b"{}", KIND)
    await place.keep(artifact(layer, config=config, subject=APPS, kind=KIND))
    with pytest.raises(NotSigned):
        await place.verify()

    await place.keep(NOTARY.signer().sign(APPS))
    assert await place.verify() is True


USAGES = [
    {"usage": {"key_encipherment": True}},
    {"usage": {"digital_signature": True, "key_cert_sign": True}},
    {"uses": (ExtendedKeyUsageOID.SERVER_AUTH,)},
    {"uses": (ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.TIME_STAMPING)},
    {"more": (x509.BasicConstraints(ca=True, path_length=None),)},
]


@pytest.mark.parametrize("other", USAGES, ids=range(len(USAGES)))
async def test_a_certificate_that_is_not_for_signing_is_not_taken(place, other):
    await place.keep(NOTARY.signer(**other).sign(APPS))

    with pytest.raises(NotSigned, match="are not for signing"):
        await place.verify()


@pytest.mark.parametrize(
    "chain",
    [
        lambda own: own[:1],
        lambda own: own[:2],
        lambda own: (own[0], own[2]),
        lambda own: (own[1], own[2]),
        lambda own: (own[0], *STRANGER.chain),
        lambda own: (own[0], own[1], *own[1:]),
    ],
    ids=["the first alone", "no authority", "a gap", "another first", "others", "twice"],
)
async def test_a_chain_that_does_not_hold_is_not_taken(place, chain):
    signer = NOTARY.signer()
    signer.chain = chain(signer.chain)
    await place.keep(signer.sign(APPS))

    with pytest.raises(NotSigned):
        await place.verify()


LEVELS = [("strict", None), ("permissive", True), ("audit", True), ("skip", False)]


@pytest.mark.parametrize(("level", "outcome"), LEVELS)
async def test_what_has_expired_counts_as_the_level_says(place, level, outcome):
    expiry = "io.cncf.notary.expiry"
    other = {
        expiry: (NOW - timedelta(hours=1)).isoformat(),
        "io.cncf.notary.signingTime": (NOW - timedelta(hours=2)).isoformat(),
        "crit": ["io.cncf.notary.signingScheme", expiry],
    }
    await place.keep(NOTARY.signer().sign(APPS, **other))

    if outcome is None:
        with pytest.raises(NotSigned, match="a signature has expired"):
            await place.verify(policy(level))
    else:
        assert await place.verify(policy(level)) is outcome


@pytest.mark.parametrize(("level", "outcome"), LEVELS)
async def test_a_certificate_that_has_expired_counts_as_the_level_says(place, level, outcome):
    await place.keep(NOTARY.signer(days=(-2, -1)).sign(APPS))

    if outcome is None:
        with pytest.raises(NotSigned, match="a certificate of a signature has expired"):
            await place.verify(policy(level))
    else:
        assert await place.verify(policy(level)) is outcome


@pytest.mark.parametrize("level", ["strict", "permissive"])
async def test_strangers_are_refused_at_these_levels(place, level):
    await place.keep(STRANGER.signer().sign(APPS))

    with pytest.raises(NotSigned):
        await place.verify(policy(level))


async def test_at_the_level_audit_a_stranger_is_let_through_but_not_called_verified(place):
    await place.keep(STRANGER.signer().sign(APPS))

    assert await place.verify(policy("audit")) is False


async def test_a_signing_authority_is_believed_when_it_signed(place):
    time, scheme = "io.cncf.notary.authenticSigningTime", "io.cncf.notary.signingScheme"
    other = {
        scheme: "notary.x509.signingAuthority",
        time: (NOW - timedelta(days=1, hours=12)).isoformat(),
        "io.cncf.notary.signingTime": None,
        "crit": [scheme, time],
    }
    await place.keep(NOTARY.signer(days=(-2, -1)).sign(APPS, **other))

    assert await place.verify(policy(trustStores=["signingAuthority:tests"])) is True
    with pytest.raises(NotSigned, match="not in the trust store"):
        await place.verify(policy(trustStores=["ca:tests"]))


async def test_timestamps_are_said_not_to_be_verified(place):
    await place.keep(NOTARY.signer().sign(APPS))

    with pytest.raises(NotSigned, match="timestamps are not verified here"):
        await place.verify(policy(trustStores=["ca:tests", "tsa:tests"]))


async def test_too_many_signatures_are_refused(place):
    said = APPS.descriptor(artifactType=KIND)
    place.registry.has_referrers = False
    await place.registry.push(index(*[said] * 101), "team/apps", APPS.digest.replace(":", "-"))

    with pytest.raises(SignatureProblem, match="more than 100 signatures"):
        await place.verify()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"trustpolicy.json": None}, "'trustpolicy.json' not found"),
        ({"ca.crt": None}, "no certificates"),
        ({"ca.crt": "CANARY"}, "'ca.crt' has no certificates in PEM"),
        ({"ca.pem": "CANARY"}, "'ca.pem' has no certificates in PEM"),
    ],
)
async def test_a_secret_that_says_too_little_is_said_and_not_shown(place, entries, message):
    said = entries.pop("trustpolicy.json", policy())
    trust = {"trustpolicy.json": said, "ca.crt": NOTARY.certificate, **entries}
    held = Trust("notation", {name: text for name, text in trust.items() if text is not None})

    asked = Revocations(PlainFetch(ManualClock()))
    async with place.open() as repository:
        with pytest.raises(InvalidTrust, match=message) as refused:
            await verify_by_policy(repository, APPS.digest, held, asked, NOW)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": "2.0", "trustPolicies": []}',
        '{"version": "1.0", "trustPolicies": []}',
        '{"version": "1.0", "trustPolicies": [{}]}',
        policy("other"),
        policy(name=""),
        policy(registryScopes=[]),
        policy(registryScopes=["*", "r.example/apps"]),
        policy(registryScopes="*"),
        policy(trustStores=[]),
        policy(trustStores=["other:x"]),
        policy(trustStores=["ca:../x"]),
        policy(trustedIdentities=[]),
        policy(trustedIdentities=["*", "x509.subject: C=NL, ST=U, O=T"]),
        policy(trustedIdentities=["nobody"]),
        policy(trustedIdentities=["x509.subject: C=NL"]),
        policy(trustedIdentities=["x509.subject: C=NL, ST=U, O=T, O=X"]),
        policy(trustedIdentities=["x509.subject: nonsense"]),
        policy(signatureVerification={"level": "strict", "override": {"integrity": "log"}}),
        policy(signatureVerification={"level": "strict", "override": {"expiry": "skip"}}),
        policy(signatureVerification={"level": "strict", "override": {"other": "log"}}),
        policy(signatureVerification={"level": "skip", "override": {"expiry": "log"}}),
        policy(scope="r.example/other"),
    ],
    ids=range(24),
)
def test_a_policy_that_cannot_be_kept_to_is_said(text):
    with pytest.raises(InvalidTrust, match=r"trustpolicy\.json"):
        statement_for(text, "r.example/apps")


def test_the_statement_for_the_repository_comes_before_the_one_for_all():
    both = orjson.loads(policy("audit"))
    own = orjson.loads(policy(scope="r.example/apps", name="own"))
    both["trustPolicies"] += own["trustPolicies"]
    text = orjson.dumps(both).decode()

    assert statement_for(text, "r.example/apps").level == "strict"
    assert statement_for(text, "r.example/apps/below").level == "audit"


def test_two_statements_for_one_repository_are_refused():
    twice = orjson.loads(policy())
    twice["trustPolicies"] += orjson.loads(policy(name="other"))["trustPolicies"]

    with pytest.raises(InvalidTrust, match="two statements"):
        statement_for(orjson.dumps(twice).decode(), "r.example/apps")


def test_the_subject_of_the_tests_is_whole():
    assert set(SUBJECT) == {"C", "ST", "O", "CN"}
    assert digest_of(APPS.manifest) == APPS.digest
