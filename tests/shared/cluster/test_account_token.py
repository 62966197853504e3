from datetime import timedelta

import pytest

from shared.cluster.access import AccessError
from shared.cluster.account_token import Account, AccountCredential
from tests.fake.api_server import Says, status
from tests.fake.clock import NOON

KINDS = {
    "resources": [
        {"name": "serviceaccounts", "kind": "ServiceAccount", "namespaced": True, "verbs": ["get"]}
    ]
}
PATH = "POST /api/v1/namespaces/apps/serviceaccounts/deployer/token"


def granted(token, lasts=timedelta(hours=1)):
    end = (NOON + lasts).isoformat().replace("+00:00", "Z")
    return Says(201, {"status": {"token": token, "expirationTimestamp": end}})


@pytest.fixture
def credential(server, client, clock):
    server.on("GET /api/v1", Says(body=KINDS))
    return AccountCredential(client, Account("apps", "deployer", ("https://there",)), clock)


async def test_a_token_is_asked_for_by_account_and_audience(server, credential):
    server.on(PATH, granted("one"))

    identity = await credential.identity()

    assert identity.authorization == "Bearer one"
    assert server.seen[-1].json["spec"] == {
        "audiences": ["https://there"],
        "expirationSeconds": 3600,
    }


@pytest.mark.parametrize(("minutes", "expected"), [(47, "Bearer one"), (49, "Bearer two")])
async def test_it_is_replaced_well_before_it_ends(server, credential, clock, minutes, expected):
    server.on(PATH, granted("one"), granted("two", timedelta(hours=2)))
    await credential.identity()

    clock.advance(timedelta(minutes=minutes))

    assert (await credential.identity()).authorization == expected


async def test_one_that_was_refused_is_replaced_at_once(server, credential):
    server.on(PATH, granted("one"), granted("two"))
    await credential.identity()

    assert (await credential.identity(fresh=True)).authorization == "Bearer two"


async def test_an_account_that_is_not_there_is_named(server, credential):
    server.on(PATH, status(404, "NotFound", 'serviceaccounts "deployer" not found'))

    with pytest.raises(AccessError, match=r"no token of ServiceAccount/apps/deployer: .*not found"):
        await credential.identity()


async def test_an_answer_without_a_token_is_none(server, credential):
    server.on(PATH, Says(201, {"status": {}}))

    with pytest.raises(AccessError, match="the answer holds none"):
        await credential.identity()
