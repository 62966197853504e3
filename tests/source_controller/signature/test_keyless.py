"""cosign's signatures without keys (reliability-security.md T-06), by a Sigstore of the tests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.oci.credential import Access
from shared.oci.location import parse
from shared.oci.repository import opened
from source_controller.signature import sigstore_library
from source_controller.signature.certificate import Identities
from source_controller.signature.finding import Simple
from source_controller.signature.keyless import Keyless, PublicRoot, check_simple
from source_controller.signature.problem import InvalidTrust, NotSigned
from source_controller.signature.root import Root
from source_controller.signature.trust import Trust
from tests.fake.clock import ManualClock
from tests.fake.oci_artifact import Artifact, Layer, artifact, digest_of
from tests.fake.oci_registry import FakeRegistry, fake_registry
from tests.fake.sigstore import ISSUER, MOMENT, SUBJECT, FakeSigstore, new_key, referring

ROOT = Path(__file__).parents[3]
APPS = artifact(Layer(b"one"))
OTHER = artifact(Layer(b"other"))
EXACT = ((f"^{ISSUER}$", f"^{SUBJECT}$"),)
FORMS = pytest.mark.parametrize("form", ["bundle", "simple"])


@dataclass
class Place:
    """A registry, and a Sigstore whose signatures it holds."""

    registry: FakeRegistry
    sigstore: FakeSigstore

    async def sign(self, form, *, signer=None, sigstore=None, subject=APPS, under=APPS, **other):
        """Sign an artifact, and keep the signature as one of another, if that is said."""
        sigstore = sigstore or self.sigstore
        signer = signer or sigstore.signer()
        if form == "bundle":
            bundle = sigstore.bundle(subject.digest, signer, **other)
            await self.registry.push(referring(bundle, under), "team/apps")
        else:
            layer = sigstore.simple(subject.digest, signer, **other)
            tag = under.digest.replace(":", "-") + ".sig"
            await self.registry.push(artifact(layer), "team/apps", tag)

    @asynccontextmanager
    async def open(self):
        location = parse(self.registry.url("team/apps"))
        async with opened(location, Access(insecure=True), ManualClock()) as repository:
            yield repository

    async def verify(self, identities=EXACT, root=None):
        trust = Trust("cosign", None, identities, root or self.sigstore.trusted_root())
        async with self.open() as repository:
            await Keyless(PublicRoot(ManualClock())).verify(repository, APPS.digest, trust)


@pytest.fixture
async def place():
    async with fake_registry() as registry:
        await registry.push(APPS, "team/apps", "latest")
        yield Place(registry, FakeSigstore())


@FORMS
@pytest.mark.parametrize(
    "identities",
    [
        EXACT,
        ((".*", ".*"),),
        (("nobody", "nobody"), *EXACT),
        (("token", "workflows/release"),),
        (),
    ],
    ids=["exact", "anything", "one of two", "a part", "none named"],
)
async def test_what_an_identity_signed_is_verified(place, form, identities):
    await place.sign(form)

    await place.verify(identities)


@FORMS
async def test_a_mail_address_is_an_identity_too(place, form):
    await place.sign(form, signer=place.sigstore.signer("ada@example.org"))

    await place.verify((("^https://token", "^ada@example.org$"),))


@FORMS
@pytest.mark.parametrize(
    "identities",
    [
        ((f"^{ISSUER}$", "^https://git.example/other"),),
        (("^https://other.example$", f"^{SUBJECT}$"),),
        ((f"^{ISSUER}$", "nobody"), ("nobody", f"^{SUBJECT}$")),
    ],
    ids=["another subject", "another issuer", "each in another"],
)
async def test_what_another_identity_signed_is_not(place, form, identities):
    await place.sign(form)

    with pytest.raises(NotSigned, match="none of the expected identities matched"):
        await place.verify(identities)


@FORMS
async def test_a_signature_of_another_artifact_is_none_of_this(place, form):
    await place.sign(form, subject=OTHER)

    with pytest.raises(NotSigned):
        await place.verify()


@FORMS
async def test_what_another_sigstore_signed_is_not(place, form):
    await place.sign(form, sigstore=FakeSigstore())

    with pytest.raises(NotSigned):
        await place.verify()


async def test_an_attestation_is_no_signature(place):
    await place.sign("bundle", predicateType="https://slsa.dev/provenance/v1")

    with pytest.raises(NotSigned, match="something else than a signature"):
        await place.verify()


def partly(own, **other):
    """A Sigstore that shares all but one of its keys."""
    return replace(own, **other)


@FORMS
@pytest.mark.parametrize("key", ["authority_key", "middle_key", "certificate_log", "entry_log"])
async def test_each_of_the_four_keys_has_to_be_the_right_one(place, form, key):
    stranger = partly(place.sigstore, **{key: new_key()})
    if key == "authority_key":
        stranger = partly(place.sigstore, authority_key=new_key(), middle_key=new_key())
    await place.sign(form, sigstore=stranger)

    with pytest.raises(NotSigned):
        await place.verify()


@FORMS
async def test_a_certificate_that_is_in_no_log_is_not_taken(place, form):
    await place.sign(form, signer=place.sigstore.signer(logged=False))

    with pytest.raises(NotSigned):
        await place.verify()


@FORMS
async def test_a_certificate_for_something_else_is_not_taken(place, form):
    use = ExtendedKeyUsageOID.SERVER_AUTH
    await place.sign(form, signer=place.sigstore.signer(use=use))

    with pytest.raises(NotSigned):
        await place.verify()


@FORMS
@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_certificate_that_was_not_good_when_it_was_used_is_not_taken(place, form, minutes):
    """CVE-2026-24122 is about the same for the certificate above."""
    signer = place.sigstore.signer()
    late = partly(place.sigstore, moment=MOMENT + timedelta(minutes=minutes))
    late.middle, late.authority = place.sigstore.middle, place.sigstore.authority
    await place.sign(form, sigstore=late, signer=signer)

    with pytest.raises(NotSigned):
        await place.verify()


async def test_an_entry_of_something_else_is_noticed(place):
    """CVE-2026-22703."""
    await place.sign("simple", about=b"something else")

    with pytest.raises(NotSigned, match="an entry of something else"):
        await place.verify()


def spoilt(layer, **annotations):
    """A signature of the older form with other annotations; None takes one away."""
    said = {**layer.annotations, **annotations}
    return replace(layer, annotations={k: v for k, v in said.items() if v is not None})


SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
ENTRY = "dev.sigstore.cosign/bundle"


@pytest.mark.parametrize("name", [SIGNATURE, CERTIFICATE, ENTRY])
@pytest.mark.parametrize(
    "text", [None, "", "nonsense", "{}", "e30=", "-----BEGIN CERTIFICATE-----"]
)
async def test_what_cannot_be_read_is_no_signature(place, name, text):
    """CVE-2026-39395: what cannot be parsed is not verified."""
    layer = spoilt(place.sigstore.simple(APPS.digest, place.sigstore.signer()), **{name: text})
    tag = APPS.digest.replace(":", "-") + ".sig"
    await place.registry.push(artifact(layer), "team/apps", tag)

    with pytest.raises(NotSigned):
        await place.verify()


async def test_every_part_of_an_entry_is_promised(place):
    layer = place.sigstore.simple(APPS.digest, place.sigstore.signer())
    tag = APPS.digest.replace(":", "-") + ".sig"
    entry = orjson.loads(layer.annotations[ENTRY])
    others = (
        {"integratedTime": entry["Payload"]["integratedTime"] + 1},
        {"integratedTime": "1"},
        {"integratedTime": True},
        {"integratedTime": 10**18},
        {"logIndex": 1},
        {"logID": "00" * 32},
        {"logID": "nonsense"},
        {"body": "e30="},
    )
    for other in others:
        payload = {**entry["Payload"], **other}
        changed = orjson.dumps({**entry, "Payload": payload}).decode()
        await place.registry.push(artifact(spoilt(layer, **{ENTRY: changed})), "team/apps", tag)

        with pytest.raises(NotSigned):
            await place.verify()


@pytest.mark.parametrize(
    "change",
    [
        lambda bundle: bundle["verificationMaterial"].pop("tlogEntries"),
        lambda bundle: bundle["verificationMaterial"]["tlogEntries"].clear(),
        lambda bundle: bundle["verificationMaterial"]["tlogEntries"][0].pop("inclusionProof"),
        lambda bundle: bundle["verificationMaterial"]["tlogEntries"][0].pop("inclusionPromise"),
        lambda bundle: bundle["verificationMaterial"]["tlogEntries"][0].update(logIndex="7"),
        lambda bundle: bundle["verificationMaterial"].pop("certificate"),
        lambda bundle: bundle["verificationMaterial"].update(publicKey={"hint": "x"}),
        lambda bundle: bundle.update(mediaType="application/other"),
        lambda bundle: bundle["dsseEnvelope"].update(payload="e30="),
        lambda bundle: bundle["dsseEnvelope"]["signatures"][0].update(sig="e30="),
        lambda bundle: bundle.pop("dsseEnvelope"),
        lambda bundle: bundle.clear(),
    ],
    ids=range(12),
)
async def test_a_bundle_that_was_changed_is_no_signature(place, change):
    bundle = orjson.loads(place.sigstore.bundle(APPS.digest, place.sigstore.signer()))
    change(bundle)
    await place.registry.push(referring(orjson.dumps(bundle), APPS), "team/apps")

    with pytest.raises(NotSigned):
        await place.verify()


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff\xfe", b"{", b"9" * 5_000])
async def test_what_is_no_bundle_hides_no_signature(place, body):
    await place.registry.push(referring(body, APPS), "team/apps")
    with pytest.raises(NotSigned):
        await place.verify()

    await place.sign("simple")
    await place.verify()


@pytest.mark.parametrize(
    "root", ["CANARY", "{}", "[]", '{"tlogs": [{"publicKey": {"rawBytes": "CANARY"}}]}']
)
@FORMS
async def test_a_trusted_root_that_is_none_is_said_and_not_shown(place, form, root):
    await place.sign(form)

    with pytest.raises((InvalidTrust, NotSigned)) as refused:
        await place.verify(root=root)

    assert "CANARY" not in str(refused.value)


async def test_an_expression_that_is_none_is_said(place):
    with pytest.raises(InvalidTrust, match="matchOIDCIdentity has no expression"):
        await place.verify((("(", ".*"),))


async def test_the_public_root_is_fetched_once_a_day():
    clock, fetched = ManualClock(), []

    def fetch():
        fetched.append(clock.now())
        return "{}", timedelta(days=1)

    root = PublicRoot(clock, fetch)

    await asyncio.gather(*(root.read() for _ in range(5)))
    clock.advance(timedelta(hours=23))
    await root.read()
    assert len(fetched) == 1
    clock.advance(timedelta(hours=2))
    await root.read()
    assert len(fetched) == 2


PUBLIC = orjson.loads((ROOT / "tests/data/source/cosign/public.json").read_bytes())
WORKFLOW = "https://github.com/salrashid123/go-bazel-github-workflow/.github/workflows/"


@pytest.fixture
def public_root(tmp_path, monkeypatch):
    """The trusted root of the public Sigstore, as the library brings it."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return Root.of(sigstore_library.public_root(online=False))


def test_a_signature_of_the_public_sigstore_is_verified(public_root):
    signed = Simple(PUBLIC["payload"].encode(), PUBLIC["annotations"])
    digest = orjson.loads(signed.payload)["critical"]["image"]["docker-manifest-digest"]
    issuer = "^https://token.actions.githubusercontent.com$"
    theirs = Identities([(issuer, f"^{WORKFLOW}release.yaml@refs/tags/v.*$")])
    others = Identities([(issuer, f"^{WORKFLOW}other.yaml@")])

    check_simple(signed, digest, theirs, public_root)
    with pytest.raises(NotSigned, match="none of the expected identities matched"):
        check_simple(signed, digest, others, public_root)
    with pytest.raises(NotSigned, match="of another artifact"):
        check_simple(signed, APPS.digest, theirs, public_root)
    with pytest.raises(NotSigned, match="in no log that is trusted"):
        check_simple(signed, digest, theirs, Root.of(FakeSigstore().trusted_root()))


WITHOUT = """
import sys
sys.modules["sigstore"] = None
from source_controller.signature.keyless import fetched
try:
    fetched()
except Exception as problem:
    print(type(problem).__name__, problem)
"""


def test_a_missing_library_is_named_with_the_extra_that_brings_it():
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert said.startswith("MissingExtra ")
    assert "penstock[keyless]" in said


def test_nothing_of_the_library_is_loaded_before_it_is_asked_for():
    loaded = "import sys, source_controller.oci_wiring; print('sigstore' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert said == "False\n"


def test_the_artifact_of_the_tests_is_one():
    assert isinstance(APPS, Artifact)
    assert APPS.digest == digest_of(APPS.manifest)
