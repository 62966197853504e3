from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kustomize_controller.sops.key_entry import keyring_of
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.service import KeyService
from kustomize_controller.sops.value import SopsProblem
from tests.fake.cloud import DATA_KEY, Cloud, cloud
from tests.fake.sops import reach

ENTRY = {"tenantId": "t-1", "clientId": "c", "clientSecret": "hunter2"}
NAME = "sops.azure-kv"
VALUE = base64.urlsafe_b64encode(DATA_KEY).rstrip(b"=").decode()
TOKEN = (200, {"access_token": "T", "expires_in": 3600})


def master(url: str = "https://own.vault.azure.net", **said: str) -> MasterKey:
    fields = {"vault_url": url, "name": "k", "version": "v1", **said}
    return MasterKey("azure_kv", "c2VhbGVk", fields, {})


def of_entry(content: bytes, sky: Cloud) -> KeyService:
    """The service that an entry of a Secret makes."""
    return keyring_of({NAME: content}, "Secret/keys", reach(sky)).services["azure_kv"]


def entry(**change: str) -> bytes:
    return json.dumps(ENTRY | change).encode()


@pytest.mark.parametrize(
    "content",
    [
        entry(),
        json.dumps({"tenant": "t-1", "appId": "c", "password": "hunter2"}).encode(),
        b"tenantId: t-1\nclientId: c\nclientSecret: hunter2\n",
        json.dumps(ENTRY).encode("utf-16"),
    ],
    ids=["json", "as az writes it", "yaml", "utf-16"],
)
async def test_a_data_key_is_opened_with_a_token(content: bytes) -> None:
    async with cloud() as sky:
        sky.answers["login.microsoftonline.com/t-1/oauth2/v2.0/token"] = TOKEN
        sky.answers["own.vault.azure.net/keys/k/v1/decrypt"] = (200, {"value": VALUE})

        found = await of_entry(content, sky).open(master())

    assert found == DATA_KEY
    login, opening = sky.requests
    assert login.form() == {
        "grant_type": "client_credentials",
        "client_id": "c",
        "client_secret": "hunter2",
        "scope": "https://vault.azure.net/.default",
    }
    assert opening.json() == {"alg": "RSA-OAEP-256", "value": "c2VhbGVk"}
    assert opening.headers["authorization"] == "Bearer T"


async def test_a_certificate_signs_a_statement() -> None:
    async with cloud() as sky:
        sky.answers["login.microsoftonline.us/t-1/oauth2/v2.0/token"] = TOKEN
        sky.answers["own.vault.usgovcloudapi.net/keys"] = (200, {"value": VALUE})
        content = entry(
            clientSecret="",
            clientCertificate=certificate(),
            authorityHost="https://login.microsoftonline.us/",
        )
        vault = of_entry(content, sky)

        assert await vault.open(master("https://own.vault.usgovcloudapi.net/")) == DATA_KEY

    form = sky.requests[0].form()
    assert form["client_assertion"].count(".") == 2
    assert form["scope"] == "https://vault.usgovcloudapi.net/.default"


@pytest.mark.parametrize(
    "key",
    [
        master("http://own.vault.azure.net"),
        master("https://evil.example.org"),
        master("https://own.vault.azure.net.evil.example.org"),
        master("https://own.vault.azure.net@evil.example.org"),
        master("https://own.vault.azure.net:444"),
        master("https://a.b.vault.azure.net"),
        master(name="../secrets"),
        master(version=""),
    ],
)
async def test_e10_the_token_is_shown_to_azure_alone(key: MasterKey) -> None:
    async with cloud() as sky:
        vault = of_entry(entry(), sky)
        with pytest.raises(SopsProblem):
            await vault.open(key)

    assert sky.requests == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        entry(clientSecret=""),
        entry(tenantId="../x"),
        entry(authorityHost="https://evil.example.org"),
        entry(authorityHost="http://login.microsoftonline.com"),
    ],
)
def test_credentials_that_are_none_are_refused(content: bytes) -> None:
    with pytest.raises(SopsProblem) as refusal:
        keyring_of({NAME: content}, "Secret/keys", reach())

    assert "hunter2" not in str(refusal.value)


def certificate() -> str:
    """A certificate with its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sops")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return (pem + made.public_bytes(serialization.Encoding.PEM)).decode()
