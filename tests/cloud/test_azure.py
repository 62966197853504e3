from __future__ import annotations

from datetime import timedelta

import pytest

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import PROCESS, Identity
from tests.fake.clock import NOON

DEPLOYER = Identity("apps", "deployer")
CLIENT = "azure.workload.identity/client-id"
TENANT = "azure.workload.identity/tenant-id"
SAID = {CLIENT: "11111111-2222-3333-4444-555555555555", TENANT: "tenant-1"}
SCOPE = "https://storage.azure.com/.default"
TOKEN = (200, {"access_token": "T", "expires_in": 3600})
LOGIN = "login.microsoftonline.com/tenant-1/oauth2/v2.0/token"


async def test_a_token_of_the_account_is_exchanged(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = SAID
    sky.answers[LOGIN] = TOKEN

    found = await clouds({}).azure(DEPLOYER, SCOPE)

    assert found == BearerToken("T", NOON + timedelta(hours=1))
    assert accounts.asked == [("apps/deployer", ("api://AzureADTokenExchange",))]
    assert sky.requests[0].form() == {
        "grant_type": "client_credentials",
        "client_id": SAID[CLIENT],
        "scope": SCOPE,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "token-1",
    }


async def test_each_scope_has_a_token_of_its_own(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = SAID
    sky.answers[LOGIN] = TOKEN
    service = clouds({})

    for scope in (SCOPE, SCOPE, "https://vault.azure.net/.default"):
        await service.azure(DEPLOYER, scope)

    assert len(sky.requests) == 2


async def test_other_clouds_of_azure_have_another_authority(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = SAID
    sky.answers["login.microsoftonline.us/tenant-1/oauth2/v2.0/token"] = TOKEN
    environment = {"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"}

    assert (await clouds(environment).azure(DEPLOYER, SCOPE)).text == "T"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {TENANT: "tenant-1"},
        {CLIENT: "c"},
        {CLIENT: "c", TENANT: "../evil"},
        {CLIENT: "c", TENANT: ".."},
        {CLIENT: "c", TENANT: "evil.example.org/x"},
        {CLIENT: "c&scope=x", TENANT: "t"},
    ],
)
async def test_an_annotation_of_another_form_is_told(sky, clouds, accounts, said) -> None:
    accounts.found["apps/deployer"] = said

    with pytest.raises(CloudError, match="ServiceAccount/apps/deployer: the annotation azure"):
        await clouds({}).azure(DEPLOYER, SCOPE)

    assert sky.requests == []


async def test_an_authority_of_a_stranger_is_refused(clouds, accounts) -> None:
    accounts.found["apps/deployer"] = SAID

    with pytest.raises(CloudError, match="AZURE_AUTHORITY_HOST is none of Azure's"):
        await clouds({"AZURE_AUTHORITY_HOST": "https://evil.example.org"}).azure(DEPLOYER, SCOPE)


async def test_a_refusal_is_told_in_the_words_of_the_cloud(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = SAID
    sky.answers[LOGIN] = (
        400,
        {"error": "invalid_client", "error_description": "AADSTS70021: No matching identity"},
    )

    with pytest.raises(CloudError, match="Azure answers 400: invalid_client AADSTS70021: No"):
        await clouds({}).azure(DEPLOYER, SCOPE)


PRINCIPAL = {"AZURE_TENANT_ID": "tenant-1", "AZURE_CLIENT_ID": "c"}


async def test_a_secret_in_the_environment_comes_first(sky, clouds) -> None:
    sky.answers[LOGIN] = TOKEN

    await clouds({**PRINCIPAL, "AZURE_CLIENT_SECRET": "hunter2"}).azure(PROCESS, SCOPE)

    assert sky.requests[0].form()["client_secret"] == "hunter2"


async def test_the_token_file_of_the_pod_is_read_each_time(sky, clouds, clock, tmp_path) -> None:
    file = tmp_path / "token"
    file.write_text("first")
    sky.answers[LOGIN] = TOKEN
    service = clouds({**PRINCIPAL, "AZURE_FEDERATED_TOKEN_FILE": str(file)})

    await service.azure(PROCESS, SCOPE)
    file.write_text("second")
    clock.advance(timedelta(hours=1))
    await service.azure(PROCESS, SCOPE)

    assert [one.form()["client_assertion"] for one in sky.requests] == ["first", "second"]


@pytest.mark.parametrize("environment", [{}, {"AZURE_CLIENT_ID": "c"}])
async def test_the_machine_is_asked_otherwise(sky, clouds, environment) -> None:
    place = "169.254.169.254/metadata/identity/oauth2/token"
    sky.answers[place] = (200, {"access_token": "T", "expires_in": "3600"})

    found = await clouds(environment).azure(PROCESS, SCOPE)

    assert found == BearerToken("T", NOON + timedelta(hours=1))
    [request] = sky.requests
    assert request.headers["metadata"] == "true"
    assert "resource=https%3A%2F%2Fstorage.azure.com" in sky.calls[0].url
    assert ("client_id=c" in sky.calls[0].url) == bool(environment)


async def test_a_process_without_an_identity_says_what_to_do(clouds) -> None:
    with pytest.raises(CloudError, match="no identity in Azure: set workload identity up"):
        await clouds({}).azure(PROCESS, SCOPE)
