from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kustomize_controller.sops.key_entry import keyring_of
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.service import KeyService
from kustomize_controller.sops.value import SopsProblem
from shared.problem import Problem
from tests.fake.clock import ManualClock
from tests.fake.cloud import DATA_KEY, PLAIN, Cloud, cloud
from tests.fake.sops import reach

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
ENTRY = {
    "type": "service_account",
    "client_email": "sops@p.iam.example.org",
    "private_key_id": "k1",
    "private_key": PEM,
    "token_uri": "https://oauth2.googleapis.com/token",
}
NAME = "sops.gcp-kms"
RESOURCE = "projects/p/locations/global/keyRings/r/cryptoKeys/k"


def master(resource: str = RESOURCE) -> MasterKey:
    return MasterKey("gcp_kms", "c2VhbGVk", {"resource_id": resource}, {})


def of_entry(sky: Cloud, clock: ManualClock | None = None) -> KeyService:
    """The service that an entry of a Secret makes."""
    own = reach(sky)
    around = replace(own.surroundings, clock=clock or ManualClock())
    entries = {NAME: json.dumps(ENTRY).encode()}
    return keyring_of(entries, "Secret/keys", replace(own, surroundings=around)).services["gcp_kms"]


def part(text: str) -> dict[str, object]:
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


async def test_a_data_key_is_opened_with_a_token_for_a_signed_statement() -> None:
    clock = ManualClock()
    async with cloud() as sky:
        sky.answers["oauth2.googleapis.com/token"] = (
            200,
            {"access_token": "T", "expires_in": 3600},
        )
        sky.answers[f"cloudkms.googleapis.com/v1/{RESOURCE}:decrypt"] = (200, {"plaintext": PLAIN})
        kms = of_entry(sky, clock)

        assert await kms.open(master()) == DATA_KEY
        assert await kms.open(master()) == DATA_KEY
        clock.advance(timedelta(hours=1))
        assert await kms.open(master()) == DATA_KEY

    assert [request.host.split(".")[0] for request in sky.requests] == [
        "oauth2", "cloudkms", "cloudkms", "oauth2", "cloudkms",
    ]  # fmt: skip
    assert sky.requests[1].headers["authorization"] == "Bearer T"
    assert sky.requests[1].json() == {"ciphertext": "c2VhbGVk"}
    header, claims, signature = sky.requests[0].form()["assertion"].split(".")
    KEY.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="),
        f"{header}.{claims}".encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )
    assert part(header) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert part(claims)["iss"] == "sops@p.iam.example.org"


@pytest.mark.parametrize(
    "resource", ["", "x", f"{RESOURCE}/../../evil", "https://evil.example.org/x", f"{RESOURCE}?a=b"]
)
async def test_e10_a_document_cannot_lead_us_elsewhere(resource: str) -> None:
    async with cloud() as sky:
        kms = of_entry(sky)
        with pytest.raises(SopsProblem, match="resource_id"):
            await kms.open(master(resource))

    assert sky.requests == []


async def test_a_token_that_is_refused_is_told() -> None:
    async with cloud() as sky:
        sky.answers["oauth2.googleapis.com/token"] = (400, {"error": "invalid_grant"})
        kms = of_entry(sky)

        with pytest.raises(Problem, match="Google answers 400: invalid_grant"):
            await kms.open(master())


@pytest.mark.parametrize(
    "change",
    [
        {"type": "authorized_user"},
        {"token_uri": "http://oauth2.googleapis.com/token"},
        {"token_uri": "https://evil.example.org/"},
        {"token_uri": "https://evil.example.org/.googleapis.com"},
        {"private_key": "CANARY"},
    ],
)
def test_credentials_that_are_none_are_refused(change) -> None:
    with pytest.raises(SopsProblem) as refusal:
        keyring_of({NAME: json.dumps(ENTRY | change).encode()}, "Secret/keys", reach())

    assert "CANARY" not in str(refusal.value)
