from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import PROCESS, Identity
from tests.fake.clock import NOON

DEPLOYER = Identity("apps", "deployer")
ACCOUNT = "iam.gke.io/gcp-service-account"
PROVIDER = "gcp.auth.fluxcd.io/workload-identity-provider"
EMAIL = "deployer@project-1.iam.gserviceaccount.com"
POOL = "projects/12/locations/global/workloadIdentityPools/pool/providers/here"
TOKEN = (200, {"access_token": "T", "expires_in": 3600})
ACTING = (200, {"accessToken": "A", "expireTime": "2026-01-01T12:30:00Z"})
STS = "sts.googleapis.com/v1/token"
IAM = "iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"


async def test_a_token_of_the_account_is_exchanged_and_then_acts(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ACCOUNT: EMAIL, PROVIDER: POOL}
    sky.answers |= {STS: TOKEN, f"{IAM}{EMAIL}:generateAccessToken": ACTING}

    found = await clouds({}).gcp(DEPLOYER)

    assert found == BearerToken("A", NOON + timedelta(minutes=30))
    assert accounts.asked == [("apps/deployer", (f"//iam.googleapis.com/{POOL}",))]
    exchange, acting = sky.requests
    assert exchange.form() == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": f"//iam.googleapis.com/{POOL}",
        "scope": "https://www.googleapis.com/auth/cloud-platform "
        "https://www.googleapis.com/auth/userinfo.email",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "subject_token": "token-1",
    }
    assert acting.headers["authorization"] == "Bearer T"


async def test_without_an_account_there_it_has_rights_of_its_own(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {PROVIDER: POOL}
    sky.answers[STS] = TOKEN

    assert await clouds({}).gcp(DEPLOYER) == BearerToken("T", NOON + timedelta(hours=1))


async def test_on_gke_the_pool_is_that_of_the_cluster(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ACCOUNT: EMAIL}
    place = "metadata.example.org/computeMetadata/v1/"
    sky.answers |= {
        f"{place}project/project-id": (200, "project-1"),
        f"{place}instance/attributes/cluster-location": (200, "europe-west1"),
        f"{place}instance/attributes/cluster-name": (200, "c\n"),
        STS: TOKEN,
        f"{IAM}{EMAIL}:generateAccessToken": ACTING,
    }

    await clouds({"GCE_METADATA_HOST": "metadata.example.org"}).gcp(DEPLOYER)

    assert accounts.asked == [("apps/deployer", ("project-1.svc.id.goog",))]
    exchange = next(one for one in sky.requests if one.host == "sts.googleapis.com")
    assert exchange.form()["audience"] == (
        "identitynamespace:project-1.svc.id.goog:https://container.googleapis.com/v1/"
        "projects/project-1/locations/europe-west1/clusters/c"
    )


async def test_elsewhere_it_is_said_which_annotation_is_missing(clouds) -> None:
    with pytest.raises(CloudError, match=f"{PROVIDER} is needed outside of GKE"):
        await clouds({}).gcp(DEPLOYER)


@pytest.mark.parametrize(
    "said",
    [
        {ACCOUNT: "deployer@evil.example.org"},
        {ACCOUNT: f"{EMAIL}:generateIdToken?"},
        {ACCOUNT: EMAIL, PROVIDER: "projects/x/../y"},
        {ACCOUNT: EMAIL, PROVIDER: f"{POOL}/more"},
        {PROVIDER: POOL.replace("/pool/", "/p ool/")},
    ],
)
async def test_an_annotation_of_another_form_is_told(sky, clouds, accounts, said) -> None:
    accounts.found["apps/deployer"] = said

    with pytest.raises(CloudError, match="ServiceAccount/apps/deployer: the annotation"):
        await clouds({}).gcp(DEPLOYER)

    assert sky.requests == []


async def test_it_is_kept_until_the_account_says_something_else(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {PROVIDER: POOL}
    sky.answers[STS] = TOKEN
    service = clouds({})
    for _ in range(3):
        await service.gcp(DEPLOYER)
    assert len(sky.requests) == 1

    accounts.found["apps/deployer"] = {PROVIDER: f"{POOL}-2"}
    await service.gcp(DEPLOYER)

    assert len(sky.requests) == 2


async def test_the_metadata_server_gives_the_identity_of_the_process(sky, clouds) -> None:
    place = "169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"
    sky.answers[place] = TOKEN

    assert (await clouds({}).gcp(PROCESS)).text == "T"

    [request] = sky.requests
    assert request.headers["metadata-flavor"] == "Google"
    assert sky.calls[0].near


async def test_a_process_without_an_identity_says_what_to_do(clouds) -> None:
    with pytest.raises(CloudError, match="no identity in Google Cloud: link"):
        await clouds({}).gcp(PROCESS)


def file_of(directory: Path, content: object) -> dict[str, str]:
    file = directory / "credentials.json"
    file.write_text(json.dumps(content))
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}


async def test_a_key_of_a_service_account_signs(sky, clouds, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    sky.answers["oauth2.googleapis.com/token"] = TOKEN
    content = {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key": key.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }

    assert (await clouds(file_of(tmp_path, content)).gcp(PROCESS)).text == "T"


@pytest.mark.parametrize("form", [{}, {"type": "json", "subject_token_field_name": "id_token"}])
async def test_a_federation_reads_the_token_of_somebody_else(
    sky, clouds, tmp_path: Path, form
) -> None:
    (tmp_path / "token").write_text('{"id_token": "theirs"}' if form else "theirs\n")
    sky.answers |= {STS: TOKEN, f"{IAM}{EMAIL}:generateAccessToken": ACTING}
    content = {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{POOL}",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "service_account_impersonation_url": f"https://{IAM}{EMAIL}:generateAccessToken",
        "credential_source": {"file": str(tmp_path / "token"), "format": form},
    }

    assert (await clouds(file_of(tmp_path, content)).gcp(PROCESS)).text == "A"

    assert sky.requests[0].form()["subject_token"] == "theirs"


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"type": "authorized_user", "refresh_token": "CANARY"},
        {"type": "external_account", "token_url": "https://evil.example.org/"},
        {"type": "external_account", "credential_source": {"url": "http://evil.example.org"}},
        {"type": "service_account", "private_key": "CANARY", "token_uri": "https://x.google.com/"},
    ],
)
async def test_other_files_are_told_by_their_variable(sky, clouds, tmp_path, content) -> None:
    if isinstance(content, dict) and "token_url" in content:
        content["credential_source"] = {"file": __file__}

    with pytest.raises(CloudError, match="GOOGLE_APPLICATION_CREDENTIALS: ") as refusal:
        await clouds(file_of(tmp_path, content)).gcp(PROCESS)

    assert "CANARY" not in str(refusal.value)
    assert sky.requests == []
