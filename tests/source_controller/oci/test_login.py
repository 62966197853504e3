"""Clouds that vouch for us at their registries."""

from __future__ import annotations

import base64
from datetime import timedelta

import orjson
import pytest

from shared.cloud.credential import AwsCredentials, BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import PROCESS, Identity
from shared.oci.credential import Login
from shared.oci.location import parse
from source_controller.oci.login import AZURE_SCOPE, CloudLogins
from tests.fake.clock import ManualClock
from tests.fake.cloud import cloud


class Given:
    """Clouds that give what they are told to; `asked`: what for."""

    def __init__(self):
        self.asked = []
        self.key = "AKIAONE"
        self.token = "CANARY-token"

    async def aws(self, identity, region):
        self.asked.append((identity, region))
        return AwsCredentials(self.key, "CANARY-key")

    async def gcp(self, identity):
        self.asked.append((identity, "gcp"))
        return BearerToken(self.token)

    async def azure(self, identity, scope):
        self.asked.append((identity, scope))
        return BearerToken(self.token)


ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
TOKEN = base64.b64encode(b"AWS:CANARY-ecr").decode()
GRANTED = {"authorizationData": [{"authorizationToken": TOKEN, "expiresAt": 1_767_312_000.5}]}
API = "api.ecr.eu-central-1.amazonaws.com/"


@pytest.fixture
async def sky():
    async with cloud() as made:
        yield made


async def login(sky, provider, host, given=None, identity=PROCESS, logins=None):
    logins = logins or CloudLogins(given or Given(), sky, ManualClock())
    location = parse(f"oci://{host}/team/apps")
    keyring = await logins.keyring(provider, location, identity)
    assert not keyring.login_for(parse("oci://elsewhere.example/team/apps"))
    return keyring.login_for(location)


async def test_ecr_gives_a_login_for_a_signed_request(sky):
    sky.answers[API] = 200, GRANTED
    given = Given()

    found = await login(sky, "aws", ECR, given, Identity("apps", "builder"))

    assert found == Login("AWS", "CANARY-ecr")
    assert given.asked == [(Identity("apps", "builder"), "eu-central-1")]
    asked = sky.requests[0]
    assert asked.headers["x-amz-target"] == (
        "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
    )
    assert "/eu-central-1/ecr/aws4_request" in asked.headers["authorization"]
    assert "CANARY" not in str(asked.headers)


@pytest.mark.parametrize("host", ["public.ecr.aws", "ecr-public.aws.com"])
async def test_the_public_registry_of_aws_has_a_region_of_its_own(sky, host):
    sky.answers["api.ecr-public.us-east-1.amazonaws.com/"] = (
        200,
        {"authorizationData": {"authorizationToken": TOKEN}},
    )
    given = Given()

    assert await login(sky, "aws", host, given) == Login("AWS", "CANARY-ecr")
    assert given.asked == [(PROCESS, "us-east-1")]
    assert "/us-east-1/ecr-public/aws4_request" in sky.requests[0].headers["authorization"]


async def test_a_login_is_kept_until_shortly_before_it_runs_out(sky):
    sky.answers[API] = (
        200,
        {"authorizationData": [{"authorizationToken": TOKEN, "expiresAt": 1_767_270_600}]},
    )
    clock, given = ManualClock(), Given()
    logins = CloudLogins(given, sky, clock)

    for _ in range(3):
        await login(sky, "aws", ECR, logins=logins)
    assert len(sky.requests) == 1
    clock.advance(timedelta(minutes=25))
    await login(sky, "aws", ECR, logins=logins)
    assert len(sky.requests) == 2
    given.key = "AKIATWO"
    await login(sky, "aws", ECR, logins=logins)
    assert len(sky.requests) == 3


async def test_google_takes_the_token_as_a_password(sky):
    for host in ("gcr.io", "eu.gcr.io", "europe-west4-docker.pkg.dev"):
        assert await login(sky, "gcp", host) == Login("oauth2accesstoken", "CANARY-token")


def web_token(seconds):
    claims = base64.urlsafe_b64encode(orjson.dumps({"exp": seconds})).decode().rstrip("=")
    return f"head.{claims}.signature"


async def test_azure_exchanges_the_token_at_the_registry(sky):
    refresh = web_token(1_767_270_600)
    sky.answers["team.azurecr.io/oauth2/exchange"] = 200, {"refresh_token": refresh}
    given = Given()

    found = await login(sky, "azure", "team.azurecr.io", given)

    assert found == Login("00000000-0000-0000-0000-000000000000", refresh)
    assert given.asked == [(PROCESS, AZURE_SCOPE)]
    assert sky.requests[0].form() == {
        "grant_type": "access_token",
        "service": "team.azurecr.io",
        "access_token": "CANARY-token",
    }


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("aws", "registry.example"),
        ("aws", "123456789012.dkr.ecr.eu-central-1.amazonaws.com.attacker.test"),
        ("aws", "attacker.test.123456789012.dkr.ecr.eu-central-1.amazonaws.com"),
        ("aws", "123456789012.dkr.ecr.attacker.test"),
        ("aws", "12345.dkr.ecr.eu-central-1.amazonaws.com"),
        ("gcp", "gcr.io.attacker.test"),
        ("gcp", "evilgcr.io"),
        ("gcp", "docker.pkg.dev.attacker.test"),
        ("azure", "azurecr.io"),
        ("azure", "team.azurecr.io.attacker.test"),
        ("azure", "teamazurecr.io"),
        ("other", "registry.example"),
    ],
)
async def test_nothing_of_a_cloud_is_shown_to_a_registry_that_is_not_its_own(sky, provider, host):
    given = Given()

    with pytest.raises(CloudError):
        await login(sky, provider, host, given)

    assert given.asked == []
    assert sky.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"authorizationData": []},
        {"authorizationData": [{}]},
        {"authorizationData": [{"authorizationToken": "CANARY!"}]},
        {"authorizationData": [{"authorizationToken": base64.b64encode(b"CANARY").decode()}]},
        {"authorizationData": "CANARY"},
    ],
)
async def test_an_answer_of_ecr_without_a_token_is_said_and_not_shown(sky, answer):
    sky.answers[API] = 200, answer

    with pytest.raises(CloudError, match="ECR answers without a token") as refused:
        await login(sky, "aws", ECR)

    assert "CANARY" not in str(refused.value)


async def test_what_a_cloud_refuses_is_said(sky):
    sky.answers[API] = 400, {"__type": "AccessDeniedException", "message": "no"}
    sky.answers["team.azurecr.io"] = 401, {}

    with pytest.raises(CloudError, match="ECR answers 400: AccessDeniedException"):
        await login(sky, "aws", ECR)
    with pytest.raises(CloudError, match="ACR answers 401"):
        await login(sky, "azure", "team.azurecr.io")


@pytest.mark.parametrize("token", ["plain", "a.b.c", "a.bm9uc2Vuc2U.c", f"a.{'e30'}.c"])
async def test_a_token_that_does_not_say_when_it_runs_out_is_kept_for_a_while(sky, token):
    sky.answers["team.azurecr.io"] = 200, {"refresh_token": token}

    assert (await login(sky, "azure", "team.azurecr.io")).password == token


async def test_azure_without_a_token_is_said(sky):
    sky.answers["team.azurecr.io"] = 200, {"refresh_token": 5}

    with pytest.raises(CloudError, match="ACR answers without a token"):
        await login(sky, "azure", "team.azurecr.io")
