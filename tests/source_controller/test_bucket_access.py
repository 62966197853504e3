"""Who we are at each kind of object store, and who is shown it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.api.bucket import Bucket
from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from shared.object_store.azure import AzureContainer
from shared.object_store.gcs import GcsBucket
from shared.object_store.s3 import S3Bucket
from shared.object_store.thing import ObjectStore
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.bucketry.access import SpecAccess
from tests.fake.clock import ManualClock
from tests.fake.cloud import cloud
from tests.fake.object_store import serving
from tests.fake.service_accounts import ServiceAccounts
from tests.source_controller.test_bucket import Secrets

AZURE = "https://ada.blob.core.windows.net"
ROLE = "arn:aws:iam::123456789012:role/reader"
KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
ACCOUNT = {
    "type": "service_account",
    "client_email": "reader@project.iam.gserviceaccount.com",
    "private_key_id": "1",
    "private_key": KEY.decode(),
    "token_uri": "https://oauth2.googleapis.com/token",
}
SESSION = (
    "<a><Credentials><AccessKeyId>T1</AccessKeyId><SecretAccessKey>hunter1</SecretAccessKey>"
    "<SessionToken>S1</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></a>"
)


class Sky:
    """Clouds that know us, and what they were asked."""

    def __init__(self) -> None:
        self.secrets = Secrets()
        self.accounts = ServiceAccounts({"team/reader": {"eks.amazonaws.com/role-arn": ROLE}})
        self.environment: dict[str, str] = {}
        self.objects = True
        self.asked: list[str] = []
        self.bodies: list[dict[str, str]] = []

    async def store(self, scratch: Path, **spec: object) -> ObjectStore:
        """The store that a Bucket of this spec is read from."""
        wanted = {"bucketName": "files", "interval": "1m", "endpoint": "s3.example", **spec}
        meta = {"name": "files", "namespace": "team"}
        bucket = Bucket.model_validate({"metadata": meta, "spec": wanted})
        clock = ManualClock(datetime.now(UTC))
        async with cloud() as found:
            found.answers |= {
                "sts.eu-west-1.amazonaws.com": (200, SESSION),
                "oauth2.googleapis.com": (200, {"access_token": "G", "expires_in": 3600}),
                "login.microsoftonline.com": (200, {"access_token": "A", "expires_in": 3600}),
                "169.254.169.254": (200, {"access_token": "M", "expires_in": 3600}),
            }
            surroundings = Surroundings(found, clock, self.accounts, self.environment)
            clouds = CloudService(surroundings, objects=self.objects)
            access = SpecAccess(self.secrets, clouds, surroundings, clock, scratch)
            try:
                async with access.visit(bucket) as visit:
                    return visit.store
            finally:
                self.asked = [f"{one.host}{one.path}" for one in found.requests]
                self.bodies = [one.form() for one in found.requests]


@pytest.fixture
def sky() -> Sky:
    return Sky()


async def test_keys_of_a_secret_sign_in_at_s3(sky: Sky, tmp_path):
    sky.secrets["keys"] = {"accesskey": "AKID", "secretkey": "hunter2"}

    store = await sky.store(tmp_path, secretRef={"name": "keys"}, region="eu")

    assert isinstance(store, S3Bucket)
    assert store.credentials is not None
    assert (store.credentials.key_id, store.credentials.secret) == ("AKID", "hunter2")
    assert (store.place.root, store.place.region) == ("https://s3.example/files", "eu")
    assert "hunter2" not in repr(store)


async def test_without_anything_a_bucket_is_open_to_all(sky: Sky, tmp_path):
    store = await sky.store(tmp_path)

    assert isinstance(store, S3Bucket)
    assert store.credentials is None


async def test_aws_knows_a_service_account_by_its_role(sky: Sky, tmp_path):
    store = await sky.store(
        tmp_path, provider="aws", endpoint="s3.amazonaws.com", serviceAccountName="reader",
        sts={"provider": "aws", "endpoint": "https://sts.eu-west-1.amazonaws.com"},
    )  # fmt: skip

    assert isinstance(store, S3Bucket)
    assert store.credentials is not None
    assert (store.credentials.key_id, store.credentials.session) == ("T1", "S1")
    assert store.place.region == "eu-west-1"
    assert sky.accounts.asked == [("team/reader", ("sts.amazonaws.com",))]


async def test_aws_knows_this_process_by_its_environment(sky: Sky, tmp_path):
    sky.environment = {"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "hunter3"}

    store = await sky.store(
        tmp_path, provider="aws", endpoint="s3.amazonaws.com", region="eu-west-1"
    )

    assert isinstance(store, S3Bucket)
    assert store.credentials is not None
    assert store.credentials.key_id == "ENV"
    assert sky.asked == []


async def test_a_directory_of_users_gives_credentials(sky: Sky, tmp_path):
    forms: list[Mapping[str, str]] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        forms.append(dict(await request.post()))
        return web.Response(text=SESSION)

    sky.secrets["ldap"] = {"username": "ada", "password": "hunter4"}
    async with serving(answer) as address:
        sts = {"provider": "ldap", "endpoint": f"http://{address}/", "secretRef": {"name": "ldap"}}
        store = await sky.store(tmp_path, sts=sts)

    assert isinstance(store, S3Bucket)
    assert store.credentials is not None
    assert (store.credentials.key_id, store.credentials.session) == ("T1", "S1")
    [form] = forms
    assert form["Action"] == "AssumeRoleWithLDAPIdentity"
    assert (form["LDAPUsername"], form["LDAPPassword"]) == ("ada", "hunter4")


@pytest.mark.parametrize(
    ("status", "text", "message"),
    [
        (403, "<a><Code>AccessDenied</Code><Message>no</Message></a>", "AccessDenied: no"),
        (500, "", "answers 500"),
        (200, "<a/>", "answers without credentials"),
        (200, "junk", "no XML"),
    ],
)
async def test_a_directory_that_gives_none_is_said(sky: Sky, tmp_path, status, text, message):
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, text=text)

    sky.secrets["ldap"] = {"username": "ada", "password": "c4n4ry"}
    async with serving(answer) as address:
        sts = {"provider": "ldap", "endpoint": f"http://{address}/", "secretRef": {"name": "ldap"}}
        with pytest.raises(Retryable, match=message) as failure:
            await sky.store(tmp_path, sts=sts)

    assert failure.value.reason == "AuthenticationFailed"
    assert "c4n4ry" not in failure.value.message


async def test_the_key_of_a_service_account_signs_in_at_google(sky: Sky, tmp_path):
    sky.secrets["gcp"] = {"serviceaccount": json.dumps(ACCOUNT)}

    store = await sky.store(
        tmp_path, provider="gcp", endpoint="evil.example", secretRef={"name": "gcp"}
    )

    assert isinstance(store, GcsBucket)
    assert store.token == "G"
    # Whatever the Bucket names, the token goes to Google.
    assert store.endpoint == "https://storage.googleapis.com"


async def test_an_application_with_a_password_signs_in_at_azure(sky: Sky, tmp_path):
    sky.secrets["azure"] = {"tenantId": "t", "clientId": "c", "clientSecret": "hunter5"}

    store = await sky.store(tmp_path, provider="azure", endpoint=AZURE, secretRef={"name": "azure"})

    assert isinstance(store, AzureContainer)
    assert store.access.token == "A"
    assert store.root == f"{AZURE}/files"
    [form] = sky.bodies
    assert (form["client_id"], form["client_secret"]) == ("c", "hunter5")
    assert form["scope"] == "https://storage.azure.com/.default"
    assert "hunter5" not in repr(store)


async def test_an_identity_of_the_machine_signs_in_at_azure(sky: Sky, tmp_path):
    sky.secrets["azure"] = {"clientId": "c1"}

    store = await sky.store(tmp_path, provider="azure", endpoint=AZURE, secretRef={"name": "azure"})

    assert isinstance(store, AzureContainer)
    assert store.access.token == "M"
    [asked] = sky.asked
    assert asked.startswith("169.254.169.254/metadata/identity/oauth2/token?")
    assert "client_id=c1" in asked
    assert "resource=https" in asked


@pytest.mark.parametrize(
    ("data", "query", "key"),
    [
        ({"sasKey": "?sv=1&sig=a%2Bb"}, "sv=1&sig=a%2Bb", False),
        ({"accountKey": "a2V5"}, "", True),
        ({"accountKey": "a2V5", "sasKey": "sv=1"}, "", True),
    ],
)
async def test_keys_and_signatures_sign_in_at_azure(sky: Sky, tmp_path, data, query, key):
    sky.secrets["azure"] = data

    store = await sky.store(tmp_path, provider="azure", endpoint=AZURE, secretRef={"name": "azure"})

    assert isinstance(store, AzureContainer)
    assert store.access.query == query
    assert (store.access.key is not None) is key
    assert sky.asked == []


async def test_a_token_is_shown_to_azure_alone(sky: Sky, tmp_path):
    sky.secrets["azure"] = {"tenantId": "t", "clientId": "c", "clientSecret": "s"}

    with pytest.raises(Retryable, match="tokens are shown to Azure's own hosts only"):
        await sky.store(
            tmp_path, provider="azure", endpoint="https://ada.blob.core.windows.net.evil.example",
            secretRef={"name": "azure"},
        )  # fmt: skip
    assert sky.asked == []

    store = await sky.store(tmp_path, provider="azure", endpoint="https://evil.example")
    assert isinstance(store, AzureContainer)
    assert store.access.token == ""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"tenantId": "t", "clientId": "c", "clientCertificate": "junk"}, "no certificate in PEM"),
        (
            {"tenantId": "t", "clientId": "c", "clientSecret": "s", "authorityHost": "https://evil"},
            "is none of Azure's",
        ),
        ({"tenantId": "../t", "clientId": "c", "clientSecret": "s"}, "has to be a tenant"),
        ({"sasKey": "?"}, "is no shared access signature"),
        (
            {
                "tenantId": "t", "clientId": "c", "clientCertificate": "x",
                "clientCertificatePassword": "c4n4ry",
            },
            "in PEM without a passphrase",
        ),
    ],
)  # fmt: skip
async def test_what_does_not_sign_in_at_azure_is_said(sky: Sky, tmp_path, data, message):
    sky.secrets["azure"] = data

    with pytest.raises(Failure, match=message) as failure:
        await sky.store(tmp_path, provider="azure", endpoint=AZURE, secretRef={"name": "azure"})

    assert failure.value.reason == "AuthenticationFailed"
    assert "c4n4ry" not in failure.value.message


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("junk", "'serviceaccount' is no JSON object"),
        ("[]", "'serviceaccount' is no JSON object"),
        (json.dumps({**ACCOUNT, "type": "authorized_user"}), "is no key of a service account"),
        (json.dumps({**ACCOUNT, "token_uri": "https://evil.example"}), "is none of Google's"),
        (json.dumps({**ACCOUNT, "private_key": "CANARY"}), "holds no private key"),
    ],
)
async def test_what_does_not_sign_in_at_google_is_said(sky: Sky, tmp_path, account, message):
    sky.secrets["gcp"] = {"serviceaccount": account}

    with pytest.raises(Retryable, match=message) as failure:
        await sky.store(tmp_path, provider="gcp", endpoint="x", secretRef={"name": "gcp"})

    assert failure.value.reason == "AuthenticationFailed"
    assert "CANARY" not in failure.value.message


async def test_service_accounts_can_be_switched_off(sky: Sky, tmp_path):
    sky.objects = False

    with pytest.raises(Stalled, match="ObjectLevelWorkloadIdentity") as failure:
        await sky.store(
            tmp_path, provider="aws", endpoint="s3.amazonaws.com", region="eu-west-1",
            serviceAccountName="reader",
        )  # fmt: skip

    assert (failure.value.reason, failure.value.condition) == ("FeatureGateDisabled", "FetchFailed")


async def test_a_proxy_is_used_with_its_user(sky: Sky, tmp_path):
    sky.secrets["proxy"] = {"address": "http://proxy:3128", "username": "ada", "password": "p w"}

    store = await sky.store(tmp_path, proxySecretRef={"name": "proxy"})

    assert isinstance(store, S3Bucket)
    assert store.line.proxy == "http://ada:p%20w@proxy:3128"
    assert "p%20w" not in repr(store)
