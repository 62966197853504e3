"""No value of a Secret is ever told: not in a condition, an event or a log, on both API servers.
The canary is what must not sing.
"""

from __future__ import annotations

import base64
import json

import pytest

from shared.manifest.identity import Manifest, section
from tests.journeys.audit import audit
from tests.journeys.journey import URL, Journey, ready_of
from tests.journeys.scene import arrived, directory, page, reason_of, secret, told, until_told

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CANARY = "canary-that-must-not-sing"
SUNG = (CANARY, base64.b64encode(CANARY.encode()).decode())
CLOSED = "http://127.0.0.1:1"
"""Nobody listens at this port."""


def broken_secret(**fields: object) -> str:
    """A Secret that no API server takes."""
    meta = {"name": "key"}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": meta, **fields})


# An API server may quote what it cannot take.
BROKEN = {
    "text where base64 belongs": broken_secret(data={"password": CANARY}),
    "a list where a text belongs": broken_secret(stringData={"password": [CANARY]}),
    "a list where the data belongs": broken_secret(data=[CANARY]),
    "a key that cannot be": broken_secret(stringData={"pass word": CANARY}),
    "a field that there is not": broken_secret(strungData={"password": CANARY}),
    "a type that wants more": broken_secret(
        type="kubernetes.io/tls", stringData={"tls.key": CANARY}
    ),
}


async def test_the_values_of_an_applied_secret_are_told_to_nobody(journey: Journey) -> None:
    encoded = base64.b64encode(CANARY.encode()).decode()
    good = secret("key", password=encoded)
    await arrived(journey, directory(journey, {"key.yaml": good}))

    for broken in BROKEN.values():
        revision = journey.repository.push({"apps/key.yaml": broken})
        await until_attempted(journey, revision)
    await until_told(journey, await reason_of(journey))
    await nothing_sings(journey)

    revision = journey.repository.push({"apps/key.yaml": good})
    await journey.until_applied(revision)
    await nothing_sings(journey)
    await audit(journey)


async def test_a_secret_that_is_not_even_yaml_is_not_quoted(journey: Journey) -> None:
    good = directory(journey, {"key.yaml": page("key")})
    await arrived(journey, good)

    journey.repository.push({"apps/key.yaml": f"kind: Secret\nstringData: {{password: '{CANARY}\n"})
    await journey.until_unready("key.yaml")
    await until_told(journey, "BuildFailed")

    await nothing_sings(journey)
    revision = journey.repository.push(good)
    await journey.until_applied(revision)
    await audit(journey)


@pytest.mark.parametrize(
    "url", [f"{CLOSED}/apps", f"http://ada:{CANARY}@127.0.0.1:1/apps"], ids=["secret", "url"]
)
async def test_a_credential_for_git_is_told_to_nobody(journey: Journey, url: str) -> None:
    revision = await arrived(journey, directory(journey, {"page.yaml": page("page")}))
    await journey.apply(credential(journey))

    asked = {"spec": {"url": url, "secretRef": {"name": "git"}}}
    await journey.change("GitRepository", "apps", asked)

    async def failed() -> bool:
        found = await journey.find("GitRepository", "apps")
        return ready_of(found or {})["status"] == "False"

    await journey.until(failed, "the source cannot be fetched")
    await until_told(journey, "GitOperationFailed")
    await nothing_sings(journey)

    await journey.change("GitRepository", "apps", {"spec": {"url": URL, "secretRef": None}})
    await journey.until_applied(revision)
    await audit(journey)


async def until_attempted(journey: Journey, revision: str) -> None:
    """Wait until a revision has been tried, and refused with the name of the Secret."""

    async def attempted() -> bool:
        found = await journey.find("Kustomization", "apps") or {}
        tried = section(found, "status").get("lastAttemptedRevision") == revision
        name = f"Secret/{journey.namespace}/key"
        return tried and name in ready_of(found)["message"]

    await journey.until(attempted, f"{revision} is refused")


def credential(journey: Journey) -> Manifest:
    """A Secret with a user and a password for a Git remote."""
    meta = {"name": "git", "namespace": journey.namespace}
    data = {"username": "ada", "password": CANARY}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data}


async def nothing_sings(journey: Journey) -> None:
    """Look at all that people and machines may read."""
    seen = [journey.controllers.log.read_text(), json.dumps(await told(journey, ""))]
    for kind in ("GitRepository", "Kustomization"):
        found = await journey.find(kind, "apps")
        seen.append(json.dumps((found or {}).get("status")))
    assert [note for note in SUNG if any(note in text for text in seen)] == []
