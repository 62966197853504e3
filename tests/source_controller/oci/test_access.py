"""Who we are at a registry, by a spec and what it names."""

from __future__ import annotations

import orjson
import pytest

from shared.cloud.error import CloudError, IdentityOff
from shared.cloud.identity import Identity
from shared.oci.credential import ANONYMOUS, Keyring, Login
from shared.oci.error import InvalidAccess
from shared.oci.location import parse
from shared.reconcile.failure import Retryable, Stalled
from source_controller.oci.access import SpecAccess, proxy_url
from tests.fake.certificates import Authority
from tests.fake.oci_world import Holdings, oci_repository

URL = "oci://registry.example/team/apps"
PLACE = parse(URL)
ADA, BOB = Login("ada", "CANARY-one"), Login("bob", "CANARY-two")


def config(login, place="registry.example"):
    entry = {"username": login.username, "password": login.password}
    return {".dockerconfigjson": orjson.dumps({"auths": {place: entry}}).decode()}


async def access(holdings, **spec):
    return await SpecAccess(holdings, holdings, holdings, ("login.test",)).of(
        oci_repository(URL, **spec)
    )


async def refused(holdings, kind=Retryable, **spec):
    with pytest.raises(kind) as failure:
        await access(holdings, **spec)
    assert "CANARY" not in str(failure.value)
    assert failure.value.condition == "FetchFailed"
    return failure.value


async def test_without_anything_we_are_nobody():
    found = await access(Holdings(), insecure=False)

    assert found.keyring.login_for(PLACE) == ANONYMOUS
    assert found.insecure is False
    assert found.realms == ("login.test",)


async def test_the_login_of_a_secret_is_for_its_registry():
    holdings = Holdings({"login": config(ADA)})

    found = await access(holdings, secretRef={"name": "login"})

    assert found.keyring.login_for(PLACE) == ADA
    assert found.keyring.login_for(parse("oci://other.example/apps")) == ANONYMOUS


async def test_the_older_form_of_a_secret_is_read_too():
    whole = orjson.loads(config(ADA)[".dockerconfigjson"])["auths"]
    holdings = Holdings({"login": {".dockercfg": orjson.dumps(whole).decode()}})

    found = await access(holdings, secretRef={"name": "login"})

    assert found.keyring.login_for(PLACE) == ADA


async def test_the_pull_secrets_of_a_service_account_come_after_the_secret():
    other = config(BOB, "other.example")
    holdings = Holdings(
        {"login": config(ADA), "one": config(BOB), "two": other}, {"builder": ["one", "two"]}
    )

    both = await access(holdings, secretRef={"name": "login"}, serviceAccountName="builder")
    account = await access(holdings, serviceAccountName="builder")

    assert both.keyring.login_for(PLACE) == ADA
    assert both.keyring.login_for(parse("oci://other.example/apps")) == BOB
    assert account.keyring.login_for(PLACE) == BOB


@pytest.mark.parametrize(
    ("held", "spec", "message"),
    [
        ({}, {"secretRef": {"name": "login"}}, "failed to get secret 'apps/login': secrets"),
        ({"login": {"password": "CANARY"}}, {"secretRef": {"name": "login"}},
            "secret 'apps/login' has no '.dockerconfigjson'"),
        ({"login": {".dockerconfigjson": "CANARY"}}, {"secretRef": {"name": "login"}},
            "secret 'apps/login': the docker config is not JSON"),
        ({}, {"serviceAccountName": "none"}, 'serviceaccounts "none" not found'),
        ({}, {"serviceAccountName": "builder"}, "failed to get secret 'apps/gone'"),
        ({}, {"certSecretRef": {"name": "tls"}}, "failed to get secret 'apps/tls'"),
        ({"tls": {"tls.crt": "CANARY"}}, {"certSecretRef": {"name": "tls"}},
            "has to have both 'tls.crt' and 'tls.key'"),
        ({"tls": {"password": "CANARY"}}, {"certSecretRef": {"name": "tls"}},
            "has neither 'ca.crt' nor 'tls.crt'"),
        ({}, {"proxySecretRef": {"name": "proxy"}}, "failed to get proxy address"),
        ({"proxy": {}}, {"proxySecretRef": {"name": "proxy"}}, "the key 'address' is missing"),
        ({"proxy": {"address": "socks4://CANARY:1"}}, {"proxySecretRef": {"name": "proxy"}},
            "'address' has to be like"),
        ({"proxy": {"address": "http://ada:CANARY@p:1"}}, {"proxySecretRef": {"name": "proxy"}},
            "without a user"),
        ({"proxy": {"address": "http://p:1", "password": "CANARY"}},
            {"proxySecretRef": {"name": "proxy"}}, "'password' needs a 'username'"),
        ({"proxy": {"address": "http://p:99999999"}}, {"proxySecretRef": {"name": "proxy"}},
            "'address' has to be like"),
    ],
)  # fmt: skip
async def test_what_is_missing_or_no_use_is_said_with_its_name(held, spec, message):
    failure = await refused(Holdings(held, {"builder": ["gone"]}), **spec)

    assert failure.reason == "AuthenticationFailed"
    assert message in failure.message


async def test_certificates_under_their_newer_and_older_names():
    pair = Authority().sign()
    newer = {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": "authority"}
    older = {"certFile": pair.certificate, "keyFile": pair.key, "caFile": "authority"}
    for held in (newer, older, {**older, **newer}):
        found = await access(Holdings({"tls": held}), certSecretRef={"name": "tls"})

        assert (found.certificate, found.key) == (pair.certificate, pair.key)
        assert found.authority == "authority"


async def test_a_proxy_with_who_we_are_there():
    held = {"address": "http://proxy.example:3128", "username": "a@b", "password": "c:d/é"}

    found = await access(Holdings({"proxy": held}), proxySecretRef={"name": "proxy"})

    assert found.proxy == "http://a%40b:c%3Ad%2F%C3%A9@proxy.example:3128"
    assert "c%3Ad" not in repr(found)


def test_who_speaks_no_socks_says_so():
    assert proxy_url({"address": "http://proxy.example:3128"}) == "http://proxy.example:3128"
    for held in ({"address": "socks5://CANARY:1"}, {"address": "CANARY"}, {}):
        with pytest.raises(InvalidAccess) as refused:
            proxy_url(held)
        assert "CANARY" not in str(refused.value)


async def test_a_proxy_may_speak_socks():
    held = {"address": "socks5://proxy.example:1080", "username": "ada", "password": "x"}

    found = await access(Holdings({"proxy": held}), proxySecretRef={"name": "proxy"})

    assert found.proxy == "socks5://ada:x@proxy.example:1080"


async def test_a_cloud_is_asked_where_no_secret_is_there():
    holdings = Holdings(given=Keyring((("registry.example", ADA),)))
    holdings.secrets = {"proxy": {"address": "http://proxy.example:3128"}}

    found = await access(holdings, provider="gcp", proxySecretRef={"name": "proxy"}, insecure=False)

    assert found.keyring.login_for(PLACE) == ADA
    identity = Identity("apps", "", "http://proxy.example:3128")
    assert holdings.asked == [("gcp", "registry.example/team/apps", identity)]


async def test_a_cloud_is_asked_as_the_account_where_that_has_no_pull_secrets():
    holdings = Holdings(accounts={"builder": []}, given=Keyring((("registry.example", ADA),)))

    await access(holdings, provider="aws", serviceAccountName="builder")

    assert holdings.asked[0][2] == Identity("apps", "builder")


async def test_where_there_are_pull_secrets_no_cloud_is_asked():
    holdings = Holdings({"one": config(BOB)}, {"builder": ["one"]})

    found = await access(holdings, provider="aws", serviceAccountName="builder")

    assert found.keyring.login_for(PLACE) == BOB
    assert holdings.asked == []


async def test_a_cloud_that_gives_nothing_is_said():
    failure = await refused(Holdings(given=CloudError("no metadata")), provider="azure")

    assert failure.reason == "AuthenticationFailed"
    assert failure.message == "failed to get credential from azure: no metadata"


async def test_an_account_that_no_cloud_may_be_asked_as_is_stalled():
    holdings = Holdings(accounts={"builder": []}, given=IdentityOff("the gate is off"))

    failure = await refused(holdings, Stalled, provider="aws", serviceAccountName="builder")

    assert failure.reason == "FeatureGateDisabled"


async def test_a_url_that_is_none_is_stalled_and_not_shown():
    holdings = Holdings()

    with pytest.raises(Stalled) as failure:
        await SpecAccess(holdings, holdings, holdings).of(
            oci_repository("oci://ada:CANARY@registry.example/apps")
        )

    assert failure.value.reason == "URLInvalid"
    assert "CANARY" not in failure.value.message
