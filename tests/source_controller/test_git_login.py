from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from shared.git.credential import Credential
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.credential import SecretCredentials
from source_controller.git_login import ProviderLogins
from tests.fake.clock import ManualClock
from tests.fake.cloud import Cloud, cloud
from tests.fake.service_accounts import ServiceAccounts
from tests.fake.source_world import repository

KEY = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
APP = {"githubAppID": "7", "githubAppInstallationID": "42", "githubAppPrivateKey": KEY}
GITHUB = "https://github.com/org/apps"
GIVEN = (201, {"token": "ghs_x", "expires_at": "2026-01-01T13:00:00Z"})
CODE_COMMIT = "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/apps"
DEVOPS = "https://dev.azure.com/org/project/_git/apps"
LINKS = {
    "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/reader",
    "azure.workload.identity/client-id": "client",
    "azure.workload.identity/tenant-id": "tenant",
}
SESSION = (
    "<AccessKeyId>AKIDEXAMPLE</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>"
    "<SessionToken>SESSION</SessionToken><Expiration>2026-01-01T13:00:00Z</Expiration>"
)
KEYS = {"AWS_ACCESS_KEY_ID": "OURS", "AWS_SECRET_ACCESS_KEY": "hunter2"}


class Secrets:
    """The Secrets of the namespace flux-system."""

    def __init__(self, **found: dict[str, str]) -> None:
        self._found = found

    async def data(self, namespace: str, name: str) -> dict[str, str]:
        return self._found[name]


class Desk:
    """Gives out credentials, in a world of clouds."""

    def __init__(self, sky: Cloud, environment: dict[str, str], *, objects: bool) -> None:
        self.clock = ManualClock()
        self.accounts = ServiceAccounts({"flux-system/robot": LINKS})
        around = Surroundings(sky, self.clock, self.accounts, environment)
        clouds = CloudService(around, objects=objects)
        self.logins = ProviderLogins(clouds, sky, self.clock)

    async def of(self, url: str, secrets: Secrets | None = None, **spec: object) -> Credential:
        repo = repository(url=url, **spec)
        return await SecretCredentials(secrets or Secrets(), self.logins).of(repo)


@pytest.fixture
async def sky():
    async with cloud() as made:
        made.answers |= {
            "sts.eu-west-1.amazonaws.com/": (200, SESSION),
            "login.microsoftonline.com/tenant/oauth2/v2.0/token": (
                200,
                {"access_token": "T", "expires_in": 3600},
            ),
            "api.github.com/app/installations/42/access_tokens": GIVEN,
        }
        yield made


@pytest.fixture
def desk(sky: Cloud):
    return lambda environment=None, *, objects=True: Desk(sky, environment or {}, objects=objects)


async def test_code_commit_is_shown_a_signature_for_the_one_repository(desk) -> None:
    found = await desk().of(CODE_COMMIT, provider="aws", serviceAccountName="robot")

    assert found.username == "AKIDEXAMPLE%SESSION"
    # Worked out by hand from the published rules: the day's key, over the one line of a request.
    assert found.password.reveal() == (
        "20260101T120000Z" + signature("20260101T120000", "/v1/repos/apps")
    )
    assert found.holder == "aws ServiceAccount/flux-system/robot"
    assert not found.bearer


def signature(time: str, path: str) -> str:
    """The signature of CodeCommit, once more and in other words."""
    host = "git-codecommit.eu-west-1.amazonaws.com"
    request = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    scope = f"{time[:8]}/eu-west-1/codecommit/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = b"AWS4hunter2"
    for part in (time[:8], "eu-west-1", "codecommit", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


async def test_the_controller_itself_asks_where_no_account_is_named(desk) -> None:
    found = await desk(KEYS).of(CODE_COMMIT, provider="aws")

    assert found.username == "OURS"
    assert found.holder == "aws this process"


async def test_azure_devops_is_shown_a_token(sky, desk) -> None:
    found = await desk().of(DEVOPS, provider="azure", serviceAccountName="robot")

    assert found.bearer.reveal() == "T"
    assert (found.username, bool(found.password)) == ("", False)
    assert sky.requests[0].form()["scope"] == "499b84ac-1321-427f-aa17-267ca6975798/.default"


async def test_certificates_and_proxies_of_secrets_count_beside_it(sky, desk) -> None:
    secrets = Secrets(
        tls={"ca.crt": "PEM", "username": "x", "password": "y"},
        proxy={"address": "http://proxy:3128", "username": "u ser", "password": "p@ss"},
    )

    found = await desk().of(
        DEVOPS,
        secrets,
        provider="azure",
        serviceAccountName="robot",
        secretRef={"name": "tls"},
        proxySecretRef={"name": "proxy"},
    )

    assert found.authority == "PEM"
    assert found.proxy is not None
    assert (found.username, found.bearer.reveal()) == ("", "T")
    assert sky.calls[0].proxy == "http://u%20ser:p%40ss@proxy:3128"


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("aws", "https://evil.example.org/v1/repos/apps"),
        ("aws", "https://git-codecommit.eu-west-1.amazonaws.com.evil.example.org/x"),
        ("aws", "https://git-codecommit.eu-west-1.amazonaws.com:444/x"),
        ("aws", "http://git-codecommit.eu-west-1.amazonaws.com/x"),
        ("aws", "ssh://git-codecommit.eu-west-1.amazonaws.com/x"),
        ("azure", "https://evil.example.org/org"),
        ("azure", "https://dev.azure.com.evil.example.org/org"),
        ("azure", "http://dev.azure.com/org"),
        ("azure", "https://a.b.visualstudio.com/org"),
    ],
)
async def test_what_a_cloud_gives_is_shown_to_that_cloud_alone(sky, desk, provider, url) -> None:
    with pytest.raises(Retryable, match=f"the provider {provider} is for") as failure:
        await desk(KEYS).of(url, provider=provider)

    assert failure.value.reason == "AuthenticationFailed"
    assert sky.requests == []


async def test_with_the_gate_off_an_account_stalls(desk) -> None:
    with pytest.raises(Stalled) as failure:
        await desk(objects=False).of(DEVOPS, provider="azure", serviceAccountName="robot")

    assert failure.value.reason == "FeatureGateDisabled"
    assert failure.value.condition == "FetchFailed"


async def test_an_account_that_is_missing_is_named(desk) -> None:
    with pytest.raises(Retryable, match="ServiceAccount/flux-system/gone not found"):
        await desk().of(DEVOPS, provider="azure", serviceAccountName="gone")


async def test_an_app_of_github_asks_for_a_token_of_its_installation(sky, desk) -> None:
    found = await desk().of(GITHUB, Secrets(app=APP), provider="github", secretRef={"name": "app"})

    assert (found.username, found.password.reveal()) == ("x-access-token", "ghs_x")
    [request] = sky.requests
    header, claims, _ = request.headers["authorization"].removeprefix("Bearer ").split(".")
    assert part(header)["alg"] == "RS256"
    assert part(claims)["iss"] == "7"
    assert part(claims)["exp"] - part(claims)["iat"] == 120


def part(text: str) -> dict[str, int]:
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


async def test_that_token_is_kept_for_most_of_its_hour(sky, desk) -> None:
    own = desk()
    for _ in range(3):
        await own.of(GITHUB, Secrets(app=APP), provider="github", secretRef={"name": "app"})
    assert len(sky.requests) == 1

    own.clock.advance(timedelta(minutes=49))
    await own.of(GITHUB, Secrets(app=APP), provider="github", secretRef={"name": "app"})
    other = APP | {"githubAppID": "8"}
    await own.of(GITHUB, Secrets(app=other), provider="github", secretRef={"name": "app"})

    assert len(sky.requests) == 3


@pytest.mark.parametrize("kind", ["orgs", "users"])
async def test_an_installation_is_found_by_whose_it_is(sky, desk, kind: str) -> None:
    sky.answers[f"api.github.com/{kind}/org/installation"] = (200, {"id": 42})
    app = {**APP, "githubAppInstallationOwner": "org", "githubAppInstallationID": ""}

    found = await desk().of(GITHUB, Secrets(app=app), provider="github", secretRef={"name": "app"})

    assert found.password.reveal() == "ghs_x"


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("https://git.example.org", "git.example.org/api/v3/app"),
        ("https://git.example.org/api/v3/", "git.example.org/api/v3/app"),
        ("https://api.octo.ghe.com", "api.octo.ghe.com/app"),
    ],
)
async def test_a_server_of_ones_own_has_its_api_elsewhere(sky, desk, base: str, host: str) -> None:
    sky.answers[host] = GIVEN
    app = {**APP, "githubAppBaseURL": base, "ca.crt": "PEM"}

    found = await desk().of(
        "https://git.example.org/org/apps",
        Secrets(app=app),
        provider="github",
        secretRef={"name": "app"},
    )

    assert found.password.reveal() == "ghs_x"
    assert found.authority == "PEM"
    assert sky.calls[0].ca == "PEM"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"githubAppID": "x"}, "'githubAppID' has to be a number"),
        ({"githubAppInstallationID": ""}, "either 'githubAppInstallationID' or"),
        ({"githubAppInstallationOwner": "org"}, "and not both"),
        ({"githubAppInstallationID": "1/../2"}, "'githubAppInstallationID' has to be a number"),
        ({"githubAppPrivateKey": "CANARY"}, "'githubAppPrivateKey' holds no private key"),
        ({"githubAppBaseURL": "http://git.example.org"}, "'githubAppBaseURL' has to be an https"),
        (
            {"githubAppInstallationID": "", "githubAppInstallationOwner": "a/b"},
            "'githubAppInstallationOwner' has to be the name",
        ),
    ],
)
async def test_an_app_that_is_none_is_told(sky, desk, change, says: str) -> None:
    with pytest.raises(Retryable, match=says) as failure:
        await desk().of(
            GITHUB, Secrets(app=APP | change), provider="github", secretRef={"name": "app"}
        )

    assert "CANARY" not in failure.value.message
    assert sky.requests == []


@pytest.mark.parametrize(
    ("spec", "kind"),
    [({}, Stalled), ({"secretRef": {"name": "other"}}, Retryable)],
    ids=["no Secret", "a Secret without an app"],
)
async def test_without_an_app_the_provider_is_misconfigured(desk, spec, kind) -> None:
    with pytest.raises(Failure) as failure:
        await desk().of(GITHUB, Secrets(other={"username": "x"}), provider="github", **spec)

    assert isinstance(failure.value, kind)
    assert failure.value.reason == "InvalidProviderConfiguration"
    assert failure.value.message == (
        "secretRef with github app data must be specified when provider is set to github"
    )


async def test_what_github_refuses_is_told(sky, desk) -> None:
    sky.answers["api.github.com/app/installations/42/access_tokens"] = (
        401,
        {"message": "A JSON web token could not be decoded"},
    )

    with pytest.raises(Retryable, match="GitHub answers 401: A JSON web token could"):
        await desk().of(GITHUB, Secrets(app=APP), provider="github", secretRef={"name": "app"})
