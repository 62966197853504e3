"""When signatures are asked for, and what is said of them."""

from __future__ import annotations

import pytest

from shared.api.meta import Condition
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Retryable, Stalled
from source_controller.oci.verification import ArtifactSignatures
from source_controller.signature.problem import MissingExtra, NotSigned
from tests.fake.clock import NOON
from tests.fake.cosign import DIGESTS, KEYS, REPOSITORY, Signed
from tests.fake.notary import Notary, policy
from tests.fake.oci_artifact import Layer, artifact
from tests.fake.oci_registry import FakeRegistry
from tests.fake.oci_world import Holdings, OciWorld, oci_repository
from tests.fake.sigstore import FakeSigstore, referring

BY_KEY = {"provider": "cosign", "secretRef": {"name": "keys"}}


@pytest.fixture
def signed(fake: FakeRegistry) -> FakeRegistry:
    Signed(fake).fill()
    return fake


def holdings(world, name="ecdsa"):
    world.holdings.secrets["keys"] = {"a.pub": KEYS[name]}
    return world


def repository(registry, status=None, name="ecdsa bundle", **spec):
    tag = name.replace(" ", "-")
    return oci_repository(
        registry.url(REPOSITORY),
        status,
        ref={"tag": tag},
        layerSelector={"operation": "copy"},
        **{"verify": BY_KEY, **spec},
    )


async def test_what_is_signed_is_stored_and_said_to_be(signed, world):
    ready, attempt = await holdings(world).reconciled(repository(signed))

    revision = f"ecdsa-bundle@{DIGESTS['ecdsa bundle']}"
    assert ready.reason == "Succeeded"
    assert attempt.marks["SourceVerified"] == Mark(
        "True", "Succeeded", f"verified signature of revision {revision}"
    )


@pytest.mark.parametrize("name", ["unsigned", "attested"])
async def test_what_is_not_signed_is_neither_pulled_nor_stored(signed, world, name, tmp_path):
    failure, attempt = await holdings(world).reconciled(repository(signed, name=name))

    assert isinstance(failure, Retryable)
    assert failure.reason == "VerificationError"
    assert failure.message.startswith("failed to verify the signature using provider 'cosign': ")
    assert attempt.marks["SourceVerified"] == Mark("False", "VerificationError", failure.message)
    assert attempt.status.artifact is None
    assert not (tmp_path / "store").exists()


async def test_a_tag_that_moves_once_it_is_verified_leads_to_what_was_verified(signed, world):
    """T-05: one digest is verified, pulled and named."""
    digest, evil = DIGESTS["ecdsa bundle"], artifact(Layer(b"evil"))

    async def moving(request):
        if request.method != "HEAD":
            await signed.push(evil, REPOSITORY, "ecdsa-bundle")

    signed.interfere = moving
    _, attempt = await holdings(world).reconciled(repository(signed))

    assert signed.manifests[REPOSITORY, "ecdsa-bundle"].digest == evil.digest
    assert attempt.status.artifact.revision == f"ecdsa-bundle@{digest}"
    assert attempt.marks["SourceVerified"].message.endswith(digest)
    assert world.stored(digest) != b"evil"


def verified(status):
    mark = Condition(
        type="SourceVerified",
        status="True",
        reason="Succeeded",
        message="x",
        last_transition_time=NOON,
    )
    return status.model_copy(update={"conditions": (mark,)})


async def test_what_was_verified_is_not_verified_again(signed, world):
    _, first = await holdings(world).reconciled(repository(signed))
    signed.asked.clear()

    _, second = await world.reconciled(repository(signed, verified(first.status)))

    assert "SourceVerified" not in second.marks
    assert not [path for _, path in signed.asked if "referrers" in path]


@pytest.mark.parametrize("change", ["keys", "condition", "restart"])
async def test_it_is_verified_again_where_keys_condition_or_memory_are_others(
    signed, world, tmp_path, change
):
    _, first = await holdings(world).reconciled(repository(signed))
    status = verified(first.status) if change != "condition" else first.status
    if change == "keys":
        holdings(world, "other")

    async with OciWorld(tmp_path) as restarted:
        looking = holdings(restarted) if change == "restart" else world
        outcome, second = await looking.reconciled(repository(signed, status))

    if change == "keys":
        assert outcome.reason == "VerificationError"
        assert second.status.artifact == first.status.artifact
    else:
        assert second.marks["SourceVerified"].status == "True"


async def test_where_no_signature_is_asked_for_any_more_nothing_is_said_of_it(signed, world):
    _, first = await holdings(world).reconciled(repository(signed))

    _, second = await world.reconciled(repository(signed, verified(first.status), verify=None))

    assert second.marks["SourceVerified"] is None


@pytest.mark.parametrize(
    ("verify", "message"),
    [
        (BY_KEY, 'secrets "keys" not found'),
        ({"provider": "notation"}, "verification secret cannot be empty"),
        (
            {"provider": "cosign", "trustedRootSecretRef": {"name": "root"}},
            "secret 'apps/root' has no 'trusted_root.json'",
        ),
    ],
)
async def test_a_secret_that_is_missing_is_a_failure_to_verify(signed, world, verify, message):
    world.holdings.secrets["root"] = {"other": "CANARY"}

    failure, attempt = await world.reconciled(repository(signed, verify=verify))

    assert failure.reason == "VerificationError"
    assert message in failure.message
    assert attempt.marks["SourceVerified"].status == "False"


async def test_an_identity_signs_and_who_it_may_be_is_said_where_nobody_is_named(fake, world):
    sigstore = FakeSigstore()
    made = artifact(Layer(b"one"))
    await fake.push(made, "team/apps", "latest")
    await fake.push(referring(sigstore.bundle(made.digest, sigstore.signer()), made), "team/apps")
    world.holdings.secrets["root"] = {"trusted_root.json": sigstore.trusted_root()}
    verify = {"provider": "cosign", "trustedRootSecretRef": {"name": "root"}}
    named = [{"issuer": "token", "subject": "apps"}]
    copied = {"layerSelector": {"operation": "copy"}}

    _, anybody = await world.reconciled(
        oci_repository(fake.url("team/apps"), verify=verify, **copied)
    )
    _, somebody = await world.reconciled(
        oci_repository(
            fake.url("team/apps"), verify={**verify, "matchOIDCIdentity": named}, **copied
        )
    )

    assert "whoever signed it" in anybody.marks["SourceVerified"].message
    assert "whoever" not in somebody.marks["SourceVerified"].message


async def test_a_policy_that_asks_for_nothing_says_nothing(fake, world):
    await fake.push(artifact(Layer(b"one")), "team/apps", "latest")
    world.holdings.secrets["trust"] = {
        "trustpolicy.json": policy("skip"),
        "ca.crt": Notary().certificate,
    }
    repo = oci_repository(
        fake.url("team/apps"),
        verify={"provider": "notation", "secretRef": {"name": "trust"}},
        layerSelector={"operation": "copy"},
    )

    ready, attempt = await world.reconciled(repo)

    assert ready.reason == "Succeeded"
    assert attempt.marks["SourceVerified"] is None


class Refusing:
    """A verifier that says no in one way."""

    def __init__(self, problem):
        self.problem = problem

    async def verify(self, repository, digest, trust):
        raise self.problem


@pytest.mark.parametrize(
    ("problem", "kind"),
    [(NotSigned("nobody"), Retryable), (MissingExtra("install penstock[keyless]"), Stalled)],
)
async def test_only_a_missing_library_is_stalled(signed, world, problem, kind):
    found = await world.upstream.look(repository(signed))
    secrets = Holdings({"keys": {"a.pub": KEYS["ecdsa"]}})
    signatures = ArtifactSignatures(secrets, Refusing(problem), world.lines)

    verdict = await signatures.of(repository(signed), found)

    assert type(verdict.failure) is kind
    assert str(problem) in verdict.mark.message


async def test_a_registry_that_takes_too_long_is_a_failure_to_verify(signed, world):
    repo = repository(signed, timeout="200ms")
    found = await world.upstream.look(repo)

    async def silent(request):
        if "referrers" in request.path:
            await signed.released.wait()

    signed.interfere = silent
    world = holdings(world)
    failure, _ = await world.reconciled(repo)

    assert found.digest == DIGESTS["ecdsa bundle"]
    assert failure.reason == "VerificationError"
    assert "no end after 0.2s" in failure.message
