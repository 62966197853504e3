"""From the push to a registry to the cluster, on both API servers: signed, pulled with a Secret,
built, replaced, refused where the signature is missing, and gone with the object."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest

from shared.artifact.tarball import Entry, pack
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, metadata, section
from tests.fake.notary import Notary, Signer, policy
from tests.fake.oci_artifact import FLUX_LAYER, Artifact, Layer, artifact
from tests.fake.oci_registry import FakeRegistry, basic, demand, fake_registry
from tests.journeys.journey import Journey, ready_of

pytestmark = [pytest.mark.journey, pytest.mark.slow]

NOTARY = Notary()
PASSWORD = "CANARY-password"
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: colour}
data: {colour: COLOUR}
"""


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    """A registry that lets in one user."""
    async with fake_registry() as made:
        made.interfere = demand(basic("ada", PASSWORD), 'Basic realm="tests"')
        yield made


def artifact_of(colour: str) -> Artifact:
    text = CONFIG.replace("COLOUR", colour)
    packed = pack([Entry("apps/config.yaml", text.encode())])
    origin = {"org.opencontainers.image.revision": f"main@sha1:{colour}"}
    return artifact(Layer(packed, FLUX_LAYER), annotations=origin)


async def pushed(registry: FakeRegistry, colour: str, signer: Signer | None) -> str:
    """An artifact under the tag `latest`, signed where somebody signs; its revision."""
    made = artifact_of(colour)
    if signer:
        await registry.push(signer.sign(made), "team/apps")
    return f"latest@{await registry.push(made, 'team/apps', 'latest')}"


def source(journey: Journey) -> Ref:
    group = "source.toolkit.fluxcd.io"
    return Ref(group, "OCIRepository", journey.namespace, "apps", "v1")


async def follow(journey: Journey, registry: FakeRegistry) -> None:
    """Secrets, the repository, and what is applied of it."""
    auths = {registry.address: {"username": "ada", "password": PASSWORD}}
    config = {".dockerconfigjson": orjson.dumps({"auths": auths}).decode()}
    trust = {"trustpolicy.json": policy(), "ca.crt": NOTARY.certificate}
    kinds = {"login": ("kubernetes.io/dockerconfigjson", config), "trust": ("Opaque", trust)}
    for name, (kind, data) in kinds.items():
        await journey.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "type": kind,
                "metadata": {"name": name, "namespace": journey.namespace},
                "stringData": data,
            }
        )
    await journey.apply(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "OCIRepository",
            "metadata": {"name": "apps", "namespace": journey.namespace},
            "spec": {
                "url": registry.url("team/apps"),
                "interval": "1s",
                "insecure": True,
                "secretRef": {"name": "login"},
                "verify": {"provider": "notation", "secretRef": {"name": "trust"}},
            },
        }
    )
    await journey.apply(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "apps", "namespace": journey.namespace},
            "spec": {
                "interval": "10m",
                "retryInterval": "1s",
                "path": "./apps",
                "prune": True,
                "targetNamespace": journey.namespace,
                "sourceRef": {"kind": "OCIRepository", "name": "apps"},
            },
        }
    )


async def until_source(journey: Journey, status: str, words: str) -> Manifest:
    async def seen() -> Manifest | None:
        found = await journey.client.get(source(journey))
        ready = ready_of(found)
        return found if ready["status"] == status and words in ready["message"] else None

    return await journey.until(seen, f"OCIRepository/apps is {status}, because of {words}")


async def colour(journey: Journey) -> object:
    found = await journey.find("ConfigMap", "colour")
    return section(found or {}, "data").get("colour")


async def test_what_is_signed_reaches_the_cluster_and_what_is_not_does_not(
    journey: Journey, registry: FakeRegistry
) -> None:
    signer = NOTARY.signer()
    first = await pushed(registry, "blue", signer)
    await follow(journey, registry)

    await journey.until_applied(first)
    assert await colour(journey) == "blue"

    await pushed(registry, "red", None)
    held = await until_source(journey, "False", "no signature of")
    assert section(section(held, "status"), "artifact")["revision"] == first
    assert await colour(journey) == "blue"

    third = await pushed(registry, "green", signer)
    applied = await journey.until_applied(third)
    assert await colour(journey) == "green"
    assert section(applied, "status")["lastAppliedOriginRevision"] == "main@sha1:green"

    await journey.client.delete(source(journey))
    await journey.until(lambda: gone(journey), "OCIRepository/apps is gone")
    assert not list(journey.controllers.log.parent.glob("storage/ocirepository/*/*/*"))
    assert await colour(journey) == "green"


async def gone(journey: Journey) -> bool:
    try:
        await journey.client.get(source(journey))
    except NotFound:
        return True
    return False


async def test_the_password_is_shown_to_nobody_but_the_registry(
    journey: Journey, registry: FakeRegistry
) -> None:
    await pushed(registry, "blue", NOTARY.signer())
    registry.interfere = demand(basic("ada", "another"), 'Basic realm="tests"')
    await follow(journey, registry)

    held = await until_source(journey, "False", "does not let us in as 'ada'")
    events = await journey.client.list(
        Ref("", "Event", journey.namespace, "", "v1").gvk, namespace=journey.namespace
    )

    assert "CANARY" not in str(section(held, "status"))
    assert "CANARY" not in journey.controllers.log.read_text()
    assert [one for one in events.items if "CANARY" in str(one)] == []
    assert metadata(held)["name"] == "apps"
