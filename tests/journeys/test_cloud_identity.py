"""Secrets that key services of three clouds open, for a tenant without a key in the cluster: the
service account that the Kustomization names is all that there is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from shared.manifest.identity import Manifest
from tests.fake.cloud_proxy import Beyond, beyond
from tests.fake.sops import document, encrypted, keyring
from tests.journeys.audit import it_is_quiet_when_nothing_changed, nothing_is_lost
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import MANAGER, Journey, journey_by, storage_in
from tests.servers import ApiServer

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SEALED = "c2VhbGVk"
ROLE = "arn:aws:iam::123456789012:role/reader"
POOL = "projects/12/locations/global/workloadIdentityPools/pool/providers/here"
KEYS: dict[str, dict[str, object]] = {
    "aws": {
        "kms": [
            {"arn": "arn:aws:kms:eu-west-1:123456789012:key/612d5f0a-1111", "enc": SEALED},
        ]
    },
    "gcp": {
        "gcp_kms": [
            {
                "resource_id": "projects/p/locations/global/keyRings/r/cryptoKeys/k",
                "enc": SEALED,
            }
        ]
    },
    "azure": {
        "azure_kv": [
            {
                "vault_url": "https://own.vault.azure.net",
                "name": "k",
                "version": "v1",
                "enc": SEALED,
            }
        ]
    },
}
LINKS = {
    "eks.amazonaws.com/role-arn": ROLE,
    "gcp.auth.fluxcd.io/workload-identity-provider": POOL,
    "azure.workload.identity/client-id": "client",
    "azure.workload.identity/tenant-id": "tenant",
}
SESSION = (
    "<AccessKeyId>T</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>"
    "<SessionToken>U</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>"
)
TOKEN = {"access_token": "T", "expires_in": 3600}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Beyond]:
    plain = await keyring().data_key(document("regex-secret.yaml").metadata)
    async with beyond(tmp_path) as world:
        world.answers = {
            "sts.eu-west-1.amazonaws.com": SESSION,
            "kms.eu-west-1.amazonaws.com": {"Plaintext": base64.b64encode(plain).decode()},
            "sts.googleapis.com": TOKEN,
            "cloudkms.googleapis.com": {"plaintext": base64.b64encode(plain).decode()},
            "login.microsoftonline.com": TOKEN,
            "own.vault.azure.net": {"value": base64.urlsafe_b64encode(plain).decode().rstrip("=")},
        }
        yield world


@pytest.fixture
async def tenant(
    api_server: ApiServer, namespace: str, tmp_path: Path, world: Beyond, unused_tcp_port: int
) -> AsyncIterator[Journey]:
    """A journey whose controllers reach the world through a proxy."""
    words = command("controllers", "source", "kustomize", kubeconfig=api_server.kubeconfig)
    storage = storage_in(tmp_path, unused_tcp_port)
    around = [f"{name}={value}" for name, value in world.environment.items()]
    flags = [*storage.flags(), "--watch-all-namespaces=false"]
    controllers = Controllers(
        [["env", *around, *words, *flags]], namespace, tmp_path / "controllers.log"
    )
    async with journey_by(controllers, api_server, namespace, tmp_path) as journey:
        account: Manifest = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "kms", "namespace": namespace, "annotations": LINKS},
        }
        await journey.client.create(account, manager=MANAGER)
        yield journey


async def test_secrets_are_opened_by_three_clouds_for_one_service_account(
    tenant: Journey, world: Beyond
) -> None:
    revision = tenant.repository.push(_committed(tenant))

    await tenant.follow(decryption={"provider": "sops", "serviceAccountName": "kms"})
    await tenant.until_applied(revision)

    for cloud in KEYS:
        secret = await tenant.find("Secret", f"{cloud}-{_name()}")
        assert secret is not None
        assert "ENC[" not in json.dumps(secret)
    shown = {
        "sts.amazonaws.com": _form(world, "sts.eu-west-1.amazonaws.com", "WebIdentityToken"),
        f"//iam.googleapis.com/{POOL}": _form(world, "sts.googleapis.com", "subject_token"),
        "api://AzureADTokenExchange": _form(world, "login.microsoftonline.com", "client_assertion"),
    }
    for audience, token in shown.items():
        claims = _claims(token)
        assert claims["aud"] == [audience]
        assert claims["sub"] == f"system:serviceaccount:{tenant.namespace}:kms"
    await nothing_is_lost(tenant)
    await it_is_quiet_when_nothing_changed(tenant)


async def test_an_account_that_no_cloud_knows_is_told_and_nothing_is_applied(
    tenant: Journey, world: Beyond
) -> None:
    links = {"metadata": {"annotations": dict.fromkeys(LINKS)}}
    await tenant.change("ServiceAccount", "kms", links)
    tenant.repository.push(_committed(tenant))

    await tenant.follow(decryption={"provider": "sops", "serviceAccountName": "kms"})
    found = await tenant.until_unready(f"ServiceAccount/{tenant.namespace}/kms: the annotation")

    assert "cannot be decrypted" in str(found["status"])
    assert world.requests == []
    assert await tenant.find("Secret", f"aws-{_name()}") is None


def _committed(journey: Journey) -> dict[str, str | None]:
    """One Secret for each cloud, sealed by its key service alone."""
    files = {"apps/kustomization.yaml": f"namespace: {journey.namespace}\nresources: {[*KEYS]}\n"}
    for cloud, keys in KEYS.items():
        sealed = yaml.safe_load(encrypted("regex-secret.yaml"))
        kept = {key: value for key, value in sealed["sops"].items() if key != "age"}
        sealed["sops"] = {**kept, **keys}
        files[f"apps/{cloud}/secret.yaml"] = yaml.safe_dump(sealed, sort_keys=False)
        files[f"apps/{cloud}/kustomization.yaml"] = (
            f"namePrefix: {cloud}-\nresources: [secret.yaml]\n"
        )
    return dict(files)


def _name() -> str:
    return str(yaml.safe_load(encrypted("regex-secret.yaml"))["metadata"]["name"])


def _form(world: Beyond, host: str, field: str) -> str:
    return world.asked_of(host)[0].form()[field]


def _claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
