"""Charts in a registry: versions, tags, signatures (reliability-security.md T-06, T-09)."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.api.helm_chart import HelmChart
from shared.oci.credential import Access as Way
from shared.oci.credential import Keyring, Login
from shared.problem import Problem
from source_controller.helm.access import bare
from source_controller.helm.problem import FetchProblem, HelmProblem, Unauthorised
from source_controller.helm.registry import RegistryRepository
from source_controller.helm.signature import ChartTrust
from source_controller.signature.verifier import Verifier
from tests.fake.clock import ManualClock
from tests.fake.helm_repository import chart_files, packed
from tests.fake.oci_artifact import FLUX_LAYER, HELM_LAYER, Artifact, Layer, artifact
from tests.fake.oci_registry import FakeRegistry, basic, demand, fake_registry

CHART = packed("web", chart_files("web", "1.0.0"))
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
CONFIG = Layer(b"{}", "application/vnd.cncf.helm.config.v1+json")
OLD = "application/tar+gzip"


def chart(content: bytes = CHART, media_type: str = HELM_LAYER) -> Artifact:
    provenance = Layer(b"signed", "application/vnd.cncf.helm.chart.provenance.v1.prov")
    return artifact(provenance, Layer(content, media_type), config=CONFIG)


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    async with fake_registry() as found:
        yield found


def charts(registry: FakeRegistry, way: Way | None = None) -> RegistryRepository:
    access = replace(bare(registry.url("charts")), way=way or Way(insecure=True))
    return RegistryRepository(access, ManualClock())


async def test_one_version_is_found_without_asking_which_there_are(registry):
    await registry.push(chart(), "charts/web", "1.0.0")
    repository = charts(registry)

    found = await repository.find("web", "1.0.0")

    assert registry.asked == []
    assert await repository.download(found) == CHART


async def test_of_a_range_the_highest_is_found_and_a_plus_is_an_underscore(registry):
    await registry.push(chart(), "charts/web", "1.0.0", "1.1.0_b", "latest", "2.0.0-rc.1")
    repository = charts(registry)

    found = await repository.find("web", "1.x")

    assert found.version == "1.1.0+b"
    assert await repository.download(found) == CHART


async def test_a_chart_of_an_older_helm_is_one_too(registry):
    await registry.push(chart(media_type=OLD), "charts/web", "1.0.0")
    repository = charts(registry)

    assert await repository.download(await repository.find("web", "1.0.0")) == CHART


async def test_a_tag_is_believed_once(registry):
    await registry.push(chart(), "charts/web", "1.0.0")
    repository = replace(charts(registry), signatures=Anybody())
    found = await repository.find("web", "1.0.0")
    assert await repository.verify(found)

    await registry.push(chart(b"other"), "charts/web", "1.0.0")

    assert await repository.download(found) == CHART


@pytest.mark.parametrize(
    ("wanted", "pushed", "why"),
    [
        ("1.0.0", {}, "does not have"),
        ("*", {}, "does not have|unable to locate any tags"),
        ("*", {"latest": chart()}, "could not locate a version"),
        ("1.0.0", {"1.0.0": artifact(Layer(CHART, FLUX_LAYER))}, "holds no chart"),
        ("1.0.0", {"1.0.0": chart(bytes(70_000))}, "larger|65536"),
    ],
    ids=["no chart", "no repository", "no version", "no layer", "too large"],
)
async def test_what_is_no_chart_is_named(registry, wanted, pushed, why):
    for tag, held in pushed.items():
        await registry.push(held, "charts/web", tag)
    repository = replace(charts(registry), most=65_536)

    with pytest.raises(FetchProblem, match=why):
        await repository.download(await repository.find("web", wanted))


async def test_the_registry_is_shown_who_we_are(registry):
    await registry.push(chart(), "charts/web", "1.0.0")
    registry.interfere = demand(basic("ada", "c4n4ry"), 'Basic realm="charts"')
    known = Way(keyring=Keyring.of(Login("ada", "c4n4ry")), insecure=True)

    repository = charts(registry, known)
    assert await repository.download(await repository.find("web", "1.0.0")) == CHART
    with pytest.raises(Unauthorised):
        await charts(registry).download(await repository.find("web", "1.0.0"))


async def test_without_somebody_to_trust_nothing_is_verified(registry):
    repository = charts(registry)

    with pytest.raises(HelmProblem, match="no verifiers available"):
        await repository.verify(await repository.find("web", "1.0.0"))


class Anybody:
    """Trusts everybody."""

    async def check(self, repository, digest) -> bool:
        return True


class Secrets(dict[str, dict[str, str]]):
    async def data(self, namespace: str, name: str) -> dict[str, str]:
        if name not in self:
            raise Problem(f'secrets "{name}" not found')
        return self[name]


def wanting(**verify: object) -> HelmChart:
    spec = {
        "chart": "web",
        "interval": "1m",
        "sourceRef": {"kind": "HelmRepository", "name": "charts"},
        "verify": {"provider": "cosign", **verify},
    }
    return HelmChart.model_validate({"metadata": {"name": "web", "namespace": "a"}, "spec": spec})


async def signed(registry: FakeRegistry, held: Artifact, key: ec.EllipticCurvePrivateKey) -> None:
    """Sign as cosign does with a key: a payload that names the digest, under a tag of it."""
    image = {"docker-manifest-digest": held.digest}
    payload = json.dumps(
        {
            "critical": {
                "identity": {"docker-reference": ""},
                "image": image,
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    ).encode()
    signature = base64.b64encode(key.sign(payload, ec.ECDSA(hashes.SHA256()))).decode()
    layer = Layer(payload, SIMPLE, {"dev.cosignproject.cosign/signature": signature})
    await registry.push(artifact(layer), "charts/web", held.digest.replace(":", "-") + ".sig")


def public(key: ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


async def test_a_chart_that_was_signed_by_one_of_the_keys_is_verified(registry):
    key, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    held = chart()
    await registry.push(held, "charts/web", "1.0.0")
    await signed(registry, held, key)
    secrets = Secrets(good={"a.pub": public(key)}, bad={"b.pub": public(stranger)}, none={})
    trust = ChartTrust(secrets, Verifier(ManualClock()))

    async def verified(name: str) -> bool:
        signatures = await trust.of(wanting(secretRef={"name": name}))
        repository = replace(charts(registry), signatures=signatures)
        return await repository.verify(await repository.find("web", "1.0.0"))

    assert await verified("good")
    with pytest.raises(HelmProblem, match=r"failed to verify oci://.*no matching signatures"):
        await verified("bad")
    with pytest.raises(HelmProblem, match="failed to verify oci://"):
        await verified("none")
    with pytest.raises(Problem, match="not found"):
        await verified("gone")
