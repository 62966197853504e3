"""cosign's signatures with keys (reliability-security.md T-06). Signed by the real cosign."""

from __future__ import annotations

import base64
from dataclasses import replace

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.oci.error import OciError
from source_controller.signature.cosign import verify_with_keys
from source_controller.signature.key import is_signed, keys_of
from source_controller.signature.payload import Envelope, is_simple_signing_of, is_statement_of
from source_controller.signature.problem import InvalidTrust, NotSigned, SignatureProblem
from source_controller.signature.trust import Trust
from tests.fake.cosign import DIGESTS, KEYS, REPOSITORY
from tests.fake.oci_artifact import Artifact, Layer, artifact, digest_of, index


def trusting(*names):
    return Trust("cosign", {f"{name}.pub": KEYS[name] for name in names})


async def verified(signed, name, trust):
    async with signed.open() as repository:
        await verify_with_keys(repository, DIGESTS.get(name, name), trust)


@pytest.mark.parametrize("form", ["bundle", "simple"])
@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
@pytest.mark.parametrize("has_referrers", [True, False], ids=["listed", "by its tag"])
async def test_what_one_of_the_keys_signed_is_verified(signed, kind, form, has_referrers):
    signed.registry.has_referrers = has_referrers

    await verified(signed, f"{kind} {form}", trusting("other", kind))


@pytest.mark.parametrize("name", [*DIGESTS])
async def test_what_another_key_signed_is_not(signed, name):
    stranger = "other" if name != "both" else "rsa"

    with pytest.raises(NotSigned, match="no matching signatures were found for 'sha256:"):
        await verified(signed, name, trusting(stranger))


@pytest.mark.parametrize("name", ["unsigned", "attested"])
async def test_what_nobody_signed_is_not_and_an_attestation_is_no_signature(signed, name):
    with pytest.raises(NotSigned):
        await verified(signed, name, trusting("ecdsa"))


async def test_attestations_are_not_even_fetched(signed):
    with pytest.raises(NotSigned):
        await verified(signed, "attested", trusting("ecdsa"))

    assert not [path for _, path in signed.registry.asked if "/blobs/" in path]


@pytest.mark.parametrize("key", ["other", "ecdsa"])
async def test_of_several_signatures_in_both_forms_one_is_enough(signed, key):
    await verified(signed, "both", trusting(key))


def moved(signed, name, to):
    """The signatures of one artifact, offered as those of another."""
    registry, digest = signed.registry, DIGESTS[name]
    for ending in ("", ".sig"):
        held = registry.manifests.get((REPOSITORY, digest.replace(":", "-") + ending))
        if held:
            registry.manifests[REPOSITORY, to.replace(":", "-") + ending] = held
    registry.has_referrers = False


@pytest.mark.parametrize("name", ["ecdsa bundle", "ecdsa simple"])
async def test_a_signature_of_another_artifact_is_none_of_this(signed, name):
    moved(signed, name, DIGESTS["unsigned"])

    with pytest.raises(NotSigned):
        await verified(signed, "unsigned", trusting("ecdsa"))


async def test_a_bundle_of_another_artifact_under_a_subject_of_this_is_none_of_it(signed):
    bundle = bundle_of(signed, "ecdsa bundle")
    await referred(signed, DIGESTS["unsigned"], bundle)

    with pytest.raises(NotSigned):
        await verified(signed, "unsigned", trusting("ecdsa"))


def bundle_of(signed, name):
    """The bundle that refers to an artifact."""
    registry = signed.registry
    listed = registry.manifests[REPOSITORY, DIGESTS[name].replace(":", "-")].manifest
    held = registry.manifests[REPOSITORY, orjson.loads(listed)["manifests"][0]["digest"]].manifest
    return registry.blobs[orjson.loads(held)["layers"][0]["digest"]]


KIND = "application/vnd.dev.sigstore.bundle.v0.3+json"


async def referred(signed, digest, *bundles):
    """Bundles that are said to be about a digest."""
    held = signed.registry.manifests[REPOSITORY, digest]
    signed.registry.has_referrers = True
    for bundle in bundles:
        made = artifact(Layer(bundle, KIND), subject=held, kind=KIND)
        await signed.registry.push(made, REPOSITORY)


def changed(bundle, **fields):
    """A bundle whose envelope says something else."""
    whole = orjson.loads(bundle)
    whole["dsseEnvelope"] |= fields
    return orjson.dumps(whole)


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"payloadType": "application/json"},
        {"payload": b64("{}")},
        {"payload": "not base64"},
        {"payload": 1},
        {"signatures": []},
        {"signatures": None},
        {"signatures": [{"sig": ""}]},
        {"signatures": [{"sig": b64("none")}]},
        {"signatures": [{"sig": b64("a")}, {"sig": b64("b")}]},
    ],
)
async def test_a_bundle_that_was_changed_is_no_signature(signed, spoilt):
    bundle = bundle_of(signed, "ecdsa bundle")
    signed.registry.manifests.pop((REPOSITORY, DIGESTS["ecdsa bundle"].replace(":", "-")))
    for place, held in list(signed.registry.manifests.items()):
        if b'"subject"' in held.manifest and DIGESTS["ecdsa bundle"].encode() in held.manifest:
            del signed.registry.manifests[place]
    await referred(signed, DIGESTS["ecdsa bundle"], changed(bundle, **spoilt))

    with pytest.raises(NotSigned):
        await verified(signed, "ecdsa bundle", trusting("ecdsa"))


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"\xff", b'{"dsseEnvelope": []}'])
async def test_what_is_no_bundle_is_no_signature_and_hides_none(signed, body):
    await referred(signed, DIGESTS["unsigned"], body)
    with pytest.raises(NotSigned):
        await verified(signed, "unsigned", trusting("ecdsa"))

    await referred(signed, DIGESTS["ecdsa bundle"], body)
    await verified(signed, "ecdsa bundle", trusting("ecdsa"))


async def test_every_change_of_a_bit_of_a_signature_is_noticed(signed):
    bundle = orjson.loads(bundle_of(signed, "ecdsa bundle"))["dsseEnvelope"]
    envelope = Envelope.of(bundle)
    key = keys_of({"a.pub": KEYS["ecdsa"]})[0]
    assert is_signed(key, envelope.signature, envelope.signed())
    for at in range(len(envelope.signature) * 8):
        spoilt = bytearray(envelope.signature)
        spoilt[at // 8] ^= 1 << at % 8
        assert not is_signed(key, bytes(spoilt), envelope.signed())
    for at in range(len(envelope.payload)):
        payload = envelope.payload[:at] + b"~" + envelope.payload[at + 1 :]
        assert not is_signed(key, envelope.signature, replace(envelope, payload=payload).signed())


def test_ed25519_is_over_the_content_itself():
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = keys_of({"a.pub": pem.decode()})[0]

    assert is_signed(key, private.sign(b"content"), b"content")
    assert not is_signed(key, private.sign(b"content"), b"other")


def test_a_small_rsa_key_is_not_taken():
    private = rsa.generate_private_key(65_537, 1_024)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(InvalidTrust, match="less than 2048 bits"):
        keys_of({"a.pub": pem.decode()})


async def test_too_many_signatures_are_refused(signed):
    many = [Layer(b"%d" % number, "application/vnd.dev.cosign.simplesigning.v1+json")
            for number in range(101)]  # fmt: skip
    await signed.registry.push(
        artifact(*many), REPOSITORY, DIGESTS["unsigned"].replace(":", "-") + ".sig"
    )

    with pytest.raises(SignatureProblem, match="more than 100 signatures"):
        await verified(signed, "unsigned", trusting("ecdsa"))


async def test_too_many_referrers_are_refused(signed):
    said = Artifact(b"{}").descriptor(artifactType=KIND)
    signed.registry.has_referrers = False
    tag = DIGESTS["unsigned"].replace(":", "-")
    await signed.registry.push(index(*[said] * 101), REPOSITORY, tag)

    with pytest.raises(SignatureProblem, match="more than 100 signatures"):
        await verified(signed, "unsigned", trusting("ecdsa"))


async def test_a_signature_of_a_gigabyte_is_not_fetched(signed):
    held = signed.registry.manifests[REPOSITORY, DIGESTS["unsigned"]]
    layer = Layer(b"x", KIND)
    made = artifact(layer, subject=held, kind=KIND)
    lying = made.manifest.replace(b'"size":1,', b'"size":1073741824,').replace(
        b'"size":1}', b'"size":1073741824}'
    )
    await signed.registry.push(Artifact(lying, made.blobs), REPOSITORY)

    with pytest.raises(OciError, match="larger than 1048576 bytes"):
        await verified(signed, "unsigned", trusting("ecdsa"))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({}, "no keys under names that end in '.pub'"),
        ({"cosign.key": "CANARY"}, "no keys under names that end in '.pub'"),
        ({"a.pub": "CANARY"}, "'a.pub' is no public key"),
        ({"a.pub": KEYS["ecdsa"], "b.pub": ""}, "'b.pub' is no public key"),
        ({f"{number}.pub": KEYS["ecdsa"] for number in range(101)}, "too many"),
    ],
)
async def test_keys_that_cannot_be_read_are_said_and_not_shown(signed, entries, message):
    with pytest.raises(InvalidTrust, match=message) as refused:
        await verified(signed, "ecdsa bundle", Trust("cosign", entries))

    assert "CANARY" not in str(refused.value)


DIGEST = digest_of(b"x")
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"digest": {"sha256": DIGEST.removeprefix("sha256:")}}],
    "predicateType": "https://sigstore.dev/cosign/sign/v1",
}
SIMPLE = {
    "critical": {
        "identity": {"docker-reference": ""},
        "image": {"docker-manifest-digest": DIGEST},
        "type": "cosign container image signature",
    }
}


@pytest.mark.parametrize(
    "other",
    [
        {"_type": "https://in-toto.io/Statement/v2"},
        {"subject": []},
        {"subject": {}},
        {"subject": [{"digest": {"sha512": DIGEST.removeprefix("sha256:")}}]},
        {"subject": [{"digest": DIGEST}]},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"predicateType": None},
    ],
)
def test_a_statement_has_to_be_cosigns_and_of_this_digest(other):
    kind = "application/vnd.in-toto+json"

    assert is_statement_of(kind, orjson.dumps(STATEMENT), DIGEST)
    assert not is_statement_of(kind, orjson.dumps(STATEMENT | other), DIGEST)
    assert not is_statement_of("text/plain", orjson.dumps(STATEMENT), DIGEST)


@pytest.mark.parametrize(
    "other",
    [
        {"critical": SIMPLE["critical"] | {"type": "other"}},
        {"critical": SIMPLE["critical"] | {"image": {}}},
        {"critical": SIMPLE["critical"] | {"image": DIGEST}},
        {"critical": SIMPLE["critical"] | {"image": {"docker-manifest-digest": digest_of(b"y")}}},
        {"critical": []},
    ],
)
def test_a_simple_signing_has_to_be_of_this_digest(other):
    assert is_simple_signing_of(orjson.dumps(SIMPLE), DIGEST)
    assert not is_simple_signing_of(orjson.dumps(SIMPLE | other), DIGEST)
